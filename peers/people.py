"""Whom we know and which keys we trust: entries of the directory are applied here, and nowhere else."""

import logging
import time
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from peers import events, hooks
from peers.answers import Invited
from peers.entries import Entry, moment
from peers.member.errors import NothingToJudge
from peers.models import KnownPerson, LoginServer, Newcomer, OwnDevice, PeerDevice
from peers.protocol.card import read_card
from peers.protocol.certificate import GRACE, Withdrawal, is_current
from peers.protocol.codec import Wire, decode, encode
from peers.protocol.errors import BadSignature
from peers.protocol.signing import Signed
from peers.protocol.statements import devices_of, digest, extends

log = logging.getLogger(__name__)


class StatementList(Wire, frozen=True):
    """A person's list of device statements, as one value of a column."""

    statements: list[Signed]


def apply(server: LoginServer, entries: Iterable[Entry], cursor: int) -> list[int]:
    """Take in verified entries and go on to `cursor`, whole or not at all.

    Returns the pks of the devices that can be reached now and could not, or not so, before.
    """
    reachable: set[int] = set()
    with transaction.atomic():
        own = OwnDevice.objects.first()
        changed = [_apply(entry, reachable) for entry in entries if own is None or entry.person.bytes != own.person]
        LoginServer.objects.filter(pk=server.pk).update(cursor=cursor)
        if any(changed):
            events.publish("people")
    return sorted(reachable)


def _apply(entry: Entry, reachable: set[int]) -> bool:
    person = KnownPerson.objects.select_for_update().filter(pk=entry.person).first()
    if person is None:
        if not is_current(entry.certificate, int(time.time())):
            return False  # nobody is met for the first time on an old certificate
        person = KnownPerson(pk=entry.person, statements=encode(StatementList(list(entry.chain))))
    was_online = person.online
    person.user_name = entry.certificate.user_name
    person.display_name, person.is_active = entry.display_name, entry.is_active
    if not entry.withdrawn:
        person.seen(entry.online, entry.last_seen)
    _compare_lists(person, entry.chain)
    person.save()
    peer, is_new_card = _store_device(person, entry)
    became_pinned = evaluate(person, withdrawn=entry.device if entry.withdrawn else None)
    reachable.update(became_pinned)
    came = entry.online and not was_online
    if peer is not None and (came or is_new_card) and PeerDevice.objects.filter(pk=peer.pk, pinned=True).exists():
        reachable.add(peer.pk)
    return True


def chain_of(encoded: bytes) -> list[Signed]:
    """Return the statements of a stored list."""
    return decode(StatementList, encoded).statements


def pending(person: KnownPerson) -> bytes | None:
    """Return the digest of the list that waits for the member's decision, or None."""
    return digest(chain_of(bytes(person.changed_statements))[-1]) if person.changed_statements else None


def _compare_lists(person: KnownPerson, seen: Sequence[Signed]) -> None:
    """Go on with a list that extends the pinned one; hold any other back until the member decides."""
    pinned = chain_of(bytes(person.statements))
    if extends(pinned, seen):
        person.statements = encode(StatementList(list(seen)))
        person.changed_statements = None
    elif extends(seen, pinned):
        return  # an earlier state of the very list that we trust: it says nothing new
    elif digest(seen[-1]) not in (pending(person), bytes(person.refused or b"")):
        person.changed_statements = encode(StatementList(list(seen)))
        person.save()
        log.warning("a person's list of devices has changed: nothing is sent until the member decides")
        hooks.keys_changed.send(sender=KnownPerson, person=person)


def _store_device(person: KnownPerson, entry: Entry) -> tuple[PeerDevice | None, bool]:
    """Store the device of an entry, and tell whether its card is new to us."""
    peer = PeerDevice.objects.select_for_update().filter(device=entry.device).first()
    if peer is None:
        if entry.card is None:
            return None, False
        peer = PeerDevice(device=entry.device, person=person, card_version=0)
    if peer.person_id != person.pk:
        log.warning("directory entry skipped: it gives a known device to another person")
        return None, False
    is_new = entry.card is not None and entry.card.version > peer.card_version
    if is_new:
        peer.card, peer.card_version = entry.signed_card, entry.card.version
    if peer.certified_until is None or entry.certified_until > peer.certified_until:
        peer.certificate, peer.certified_until = entry.signed_certificate, entry.certified_until
    peer.save()
    return peer, is_new


def evaluate(person: KnownPerson, withdrawn: bytes | None = None) -> list[int]:
    """Pin those devices of a person that may be written to, unpin the others; return which were pinned just now.

    `withdrawn` is a device that the login server calls withdrawn, though we have not seen the withdrawal yet.
    """
    on_list = devices_of(person.pk.bytes, chain_of(bytes(person.statements)))
    oldest = timezone.now() - grace()
    newly: list[int] = []
    for peer in person.devices.all():
        certified = peer.certified_until is not None and peer.certified_until > oldest
        usable = certified and peer.withdrawn_at is None and bytes(peer.device) != withdrawn
        pinned = usable and bytes(peer.device) in on_list and person.is_active and not person.key_changed
        if pinned != peer.pinned:
            PeerDevice.objects.filter(pk=peer.pk).update(pinned=pinned)
            newly += [peer.pk] if pinned else []
    return newly


def dropped(person: KnownPerson) -> list[PeerDevice]:
    """Return the devices of a person that are never written to again: withdrawn, or not on the list that we trust."""
    on_list = devices_of(person.pk.bytes, chain_of(bytes(person.statements)))
    return [peer for peer in person.devices.all() if peer.withdrawn_at or bytes(peer.device) not in on_list]


def grace() -> timedelta:
    """Return how long after its end a certificate still counts: while the login server is away, nobody can renew."""
    away = LoginServer.objects.exclude(down_since=None).exists()
    return timedelta(seconds=GRACE if away else 0)


@transaction.atomic
def review() -> None:
    """Unpin the devices whose certificate has ended."""
    ended = KnownPerson.objects.filter(
        devices__pinned=True, devices__certified_until__lte=timezone.now() - grace()
    ).distinct()
    for person in ended:
        evaluate(person)
        events.publish("people")


@transaction.atomic
def withdraw(server: LoginServer, withdrawals: Sequence[Withdrawal]) -> None:
    """Unpin withdrawn devices for good; the caller verified each. Raises `BadSignature` at a hole in their numbers."""
    last = LoginServer.objects.select_for_update().get(pk=server.pk).last_withdrawal
    for withdrawal in withdrawals:
        if withdrawal.number != last + 1:
            raise BadSignature("withdrawals: one is missing")
        last = withdrawal.number
        PeerDevice.objects.filter(device=withdrawal.device, person_id=uuid.UUID(bytes=withdrawal.person)).update(
            withdrawn_at=moment(withdrawal.time), pinned=False
        )
    LoginServer.objects.filter(pk=server.pk).update(last_withdrawal=last)
    events.publish("people")


@transaction.atomic
def judge_keys(person: KnownPerson, accept: bool, shown: bytes | None = None) -> list[int]:
    """Trust the other list from now on, or refuse it for good; return the devices that were pinned by it.

    `shown` is the digest of the list that the member decided about. Raises `NothingToJudge`.
    """
    person = KnownPerson.objects.select_for_update().get(pk=person.pk)
    found = pending(person)
    if found is None or (shown is not None and shown != found):
        raise NothingToJudge
    if accept:
        person.statements, person.refused = person.changed_statements, None
    else:
        person.refused = found
    person.changed_statements = None
    person.save()
    newly = evaluate(person)
    hooks.keys_judged.send(sender=KnownPerson, person=person, accepted=accept)
    events.publish("people")
    return newly


def take_card(peer: PeerDevice, signed: Signed) -> bool:
    """Take a newer card that a verified bundle of this device brought; tell whether it was newer.

    Runs in the caller's transaction. Raises `ProtocolError`.
    """
    card = read_card(signed)
    if (card.device, card.person) != (bytes(peer.device), peer.person_id.bytes):
        raise BadSignature("card: another person or device")
    newer = PeerDevice.objects.filter(pk=peer.pk, card_version__lt=card.version)
    if not newer.update(card=encode(signed), card_version=card.version):
        return False
    peer.card, peer.card_version = encode(signed), card.version
    return True


@transaction.atomic
def note_newcomers(expected: Sequence[Invited]) -> bool:
    """Remember who is expected, and tell whether that is news."""
    told = {each.person: (each.name[:150], each.display_name) for each in expected}
    held = {row.pk: (row.user_name, row.display_name) for row in Newcomer.objects.all()}
    if told == held:
        return False
    Newcomer.objects.all().delete()
    Newcomer.objects.bulk_create(
        Newcomer(pk=pk, user_name=name, display_name=display_name) for pk, (name, display_name) in told.items()
    )
    events.publish("people")
    return True


def note_link(server: LoginServer, is_up: bool, now: datetime | None = None) -> bool:
    """Note that the login server went away or came back; tell whether that is news."""
    row = LoginServer.objects.filter(pk=server.pk, down_since__isnull=not is_up)
    if not row.update(down_since=None if is_up else now or timezone.now()):
        return False
    events.publish("links")
    return True
