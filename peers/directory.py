"""The login server's directory: what nodes follow by a cursor, one number a visible change."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Max, Q
from django.dispatch import receiver
from django.utils import timezone

from accounts.errors import AccountError
from accounts.models import ApiToken, Person, PersonDevice
from accounts.signals import device_changed, person_changed, signed_off
from peers import events
from peers.models import ChangeCounter, DirectoryEntry
from peers.older import blocks
from peers.protocol.card import read_card
from peers.protocol.codec import decode
from peers.protocol.errors import ProtocolError
from peers.protocol.signing import Signed

# What one answer carries at most; a person with a long list of devices counts by their bytes.
MOST_INVITED = 200
PAGE, PAGE_BYTES = 200, 512 * 1024
# Many nodes ask from the same cursor at once, and soon after the change.
PAGE_KEPT_SECONDS = 10
WITHDRAWALS_KEPT_SECONDS = 180
WHAT = "directory.changed"


class Page(NamedTuple):
    """An answer about the directory in the bytes that go out, and whether it says anything new."""

    body: bytes
    is_news: bool


class CardRefused(AccountError):
    """This card is not a newer one of a device that is certified as yours."""

    code = "card-refused"
    status = 409


def last_change() -> int:
    """Return the number of the last change."""
    return ChangeCounter.objects.filter(pk=1).values_list("last", flat=True).first() or 0


def write(entry: DirectoryEntry, **changed: Any) -> None:
    """Store what changed under the next number, and wake whoever waits. To be called in a transaction."""
    for name, value in changed.items():
        setattr(entry, name, value)
    entry.change = count()
    entry.save()


def count() -> int:
    """Take the next number of a change, and wake whoever waits. To be called in a transaction."""
    counter = ChangeCounter.objects.filter(pk=1)
    if not counter.update(last=F("last") + 1):
        ChangeCounter.objects.get_or_create(pk=1)
        counter.update(last=F("last") + 1)
    events.publish(WHAT)
    return last_change()


def access_entry(device: PersonDevice) -> DirectoryEntry:
    """Return the device's entry, not yet stored if it is new."""
    return DirectoryEntry.objects.filter(device=device).first() or DirectoryEntry(device=device)


@transaction.atomic
def publish_card(token: ApiToken, encoded: bytes) -> None:
    """Store the card of a device of the token's person. The same again is no change. Raises `CardRefused`."""
    try:
        card = read_card(decode(Signed, encoded))
    except ProtocolError as err:
        raise CardRefused from err
    # The lock: of two cards at once the older may not be written last.
    devices = PersonDevice.objects.select_for_update().select_related("person")
    device = devices.filter(key=card.device, person=token.person_id, withdrawal=None).first()
    if device is None or card.person != token.person.pk.bytes or device.expires_at <= timezone.now():
        raise CardRefused
    entry = access_entry(device)
    if card.version == entry.card_version and encoded == bytes(entry.card):
        return
    if card.version <= entry.card_version:
        raise CardRefused(f"Version {entry.card_version} is kept here. Make a card with a higher version.")
    write(entry, card=encoded, card_version=card.version)


@receiver(device_changed)
def note_device(device: PersonDevice, **_: Any) -> None:
    """Tell of a device that was certified or withdrawn; a withdrawn one is gone."""
    entry = access_entry(device)
    write(entry, **(offline(entry) if device.withdrawal else {}))


@receiver(person_changed)
def note_person(person: Person, **_: Any) -> None:
    """Tell of a new name, a new list of devices, an invitation, or an account opened or closed."""
    entries = list(DirectoryEntry.objects.filter(device__person=person).select_related("device"))
    for entry in entries:
        write(entry, **({} if person.is_active else offline(entry)))
    if not entries:
        # Whoever has no device is among those who are expected, or no more.
        count()


@receiver(signed_off)
def note_sign_off(person: Person, device: bytes, **_: Any) -> None:
    """Turn the device offline at once, if it is this person's."""
    entry = DirectoryEntry.objects.filter(device__key=device, device__person=person, online=True).first()
    if entry:
        write(entry, **offline(entry))


def offline(entry: DirectoryEntry) -> dict[str, Any]:
    """Return what changes when the device leaves now."""
    return {"online": False, "last_seen": timezone.now() if entry.online else entry.last_seen}


def changes_since(since: int, last: int) -> Page:
    """Return the entries that changed after `since`, in order of change, as the call answers them.

    A cursor from beyond our last change was given before this database was restored: it begins anew.
    """
    if since == last:
        return encoded(page_of([], since, False, withdrawals_at(last)))
    since = since if since < last else 0
    key = f"changes:{since}:{last}"
    if (kept := cache.get(key)) is None:
        kept = encoded(read_page(since, last))
        cache.set(key, tuple(kept), PAGE_KEPT_SECONDS)
    return Page(*kept)


def encoded(page: dict[str, Any]) -> Page:
    """Return a page as it goes out. It is news that somebody is expected, or no more, without any entry."""
    return Page(msgspec.json.encode(page), bool(page["changes"]) or "invited" in page)


def read_page(since: int, last: int) -> dict[str, Any]:
    """Return the entries after `since`, who is expected and who is blocked; `last` is where we are if no entry did."""
    rows = DirectoryEntry.objects.filter(change__gt=since).order_by("change")
    rows = list(rows.select_related("device__person").prefetch_related("device__person__statements")[: PAGE + 1])
    entries, size = [], 0
    for row in rows[:PAGE]:
        entry = describe(row)
        size += sum(map(len, (entry["card"], entry["certificate"], *entry["statements"])))
        if entries and size > PAGE_BYTES:
            break
        entries.append(entry)
    cursor = rows[len(entries) - 1].change if entries else last
    page = page_of(entries, cursor, len(entries) < len(rows), last_withdrawal())
    return page | {"invited": invited()} | blocks.for_nodes(last)


def invited() -> list[dict[str, str]]:
    """Return who is expected: people without a device, whose account is open or whose invitation still holds."""
    expected = Q(is_active=True) | Q(invitations__used_at=None, invitations__expires_at__gt=timezone.now())
    people = Person.objects.filter(expected, devices=None, role=Person.Role.PERSON).distinct()[:MOST_INVITED]
    return [{"person": str(each.pk), "name": each.user_name, "display_name": each.display_name} for each in people]


def page_of(entries: list[dict[str, Any]], cursor: int, more: bool, withdrawals: int) -> dict[str, Any]:
    return {"cursor": cursor, "more": more, "withdrawals": withdrawals, "changes": entries}


def withdrawals_at(change: int) -> int:
    """Return the number of the last withdrawal, which stays the same until the directory changes."""
    return cache.get_or_set(f"withdrawals:{change}", last_withdrawal, WITHDRAWALS_KEPT_SECONDS)


def last_withdrawal() -> int:
    """Return the number of the last withdrawal: withdrawals have no gap, so a node sees what it lacks."""
    return PersonDevice.objects.aggregate(last=Max("withdrawal_number"))["last"] or 0


def describe(entry: DirectoryEntry) -> dict[str, Any]:
    """Return one entry as the call answers it."""
    device, person = entry.device, entry.device.person
    return {
        "person": str(person.pk),
        "name": person.user_name,
        "display_name": person.display_name,
        "active": person.is_active,
        "device": bytes(device.key).hex(),
        "card": bytes(entry.card).hex(),
        "certificate": bytes(device.certificate).hex(),
        "statements": [bytes(each.signed).hex() for each in person.statements.all()],
        "online": entry.online,
        "last_seen": iso(entry.last_seen),
        "withdrawn": device.withdrawal is not None,
    }


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
