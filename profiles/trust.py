"""Whether nobody stands between two people: their safety number, and the mark of having compared it."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import transaction
from django.utils.safestring import SafeString

from accounts.audit import note
from accounts.models import AuditEntry
from accounts.pictures import qr
from peers import events, people
from peers.member.membership import member
from peers.models import KnownPerson
from peers.own import own_device, signing_key
from peers.protocol import safety, statements
from peers.protocol.codec import decode
from peers.protocol.statements import Statement
from profiles.errors import NobodyYet, NumberChanged, OtherCode
from profiles.models import Verification

What = AuditEntry.What


@dataclass(frozen=True, slots=True)
class Keys:
    """One list of devices, as people tell two of them apart."""

    groups: list[str]
    device: str


@dataclass(frozen=True, slots=True)
class Trust:
    """What the page says about the keys of a person."""

    number: str
    groups: list[str]
    qr: SafeString
    compared_at: datetime | None
    # The list that we trust, and the other one, while the member has not decided.
    old: Keys
    new: Keys | None
    # The digest of the other list: the decision is about this one.
    shown: str


# Each costs some milliseconds, on purpose, and never changes.
_half = lru_cache(maxsize=4096)(safety.half)


def _own_half() -> str:
    """A list of statements begins with the device that signed in first, which is this one: no other can be added."""
    own = own_device()
    if own is None or not own.person:
        raise NobodyYet
    person = bytes(own.person)
    return _half(person, statements.begin(signing_key(own), person).body)


def _half_of(person: uuid.UUID, encoded: bytes) -> str:
    return _half(person.bytes, people.chain_of(encoded)[0].body)


def own_list() -> bytes:
    """Return the link of the first statement of our own list."""
    own = own_device()
    if own is None or not own.person:
        raise NobodyYet
    return statements.digest(statements.begin(signing_key(own), bytes(own.person)))


def list_of(person: KnownPerson) -> bytes:
    """Return the link of the first statement of the list that we trust to be a person's."""
    return statements.digest(people.chain_of(bytes(person.statements))[0])


def number_with(person: KnownPerson) -> str:
    """Return the safety number of the member and a person, over the list of devices that we trust."""
    return safety.safety_number(_own_half(), _half_of(person.pk, bytes(person.statements)))


def trust_in(person: KnownPerson) -> Trust:
    """Return what the page says about the keys of a person. Raises `NobodyYet`."""
    number, compared = number_with(person), Verification.objects.filter(person=person).first()
    is_current = compared is not None and compared.number == number and not person.key_changed
    return Trust(
        number=number,
        groups=safety.groups(number),
        qr=qr(safety.qr_text(number)),
        compared_at=compared.at if compared and is_current else None,
        old=_keys(person, bytes(person.statements)),
        new=_keys(person, bytes(person.changed_statements)) if person.changed_statements else None,
        shown=(people.pending(person) or b"").hex(),
    )


def _keys(person: KnownPerson, encoded: bytes) -> Keys:
    first = decode(Statement, people.chain_of(encoded)[0].body)
    number = safety.safety_number(_own_half(), _half_of(person.pk, encoded))
    return Keys(safety.groups(number), first.device.hex()[:8])


@transaction.atomic
def mark_compared(person: KnownPerson, shown: str, how: str = "") -> None:
    """Note that two people compared the number that was shown. Raises `NumberChanged` if it is no longer true."""
    person = KnownPerson.objects.select_for_update().get(pk=person.pk)
    number = number_with(person)
    if shown != number or person.key_changed:
        raise NumberChanged
    Verification.objects.update_or_create(person=person, defaults={"number": number})
    note(What.COMPARED, member(), subject=f"{person.user_name}{how and ': '}{how}")
    events.publish("people")


def mark_scanned(person: KnownPerson, code: str) -> None:
    """Note that the code on the other's screen was scanned. Raises `OtherCode` if it is not the one of ours."""
    number = number_with(person)
    if code != safety.qr_text(number):
        raise OtherCode
    mark_compared(person, number, "by camera")


def note_change(person: KnownPerson, what: AuditEntry.What) -> None:
    """Leave a trace of keys that changed, or of what the member decided; the first device tells the lists apart."""
    lists = [bytes(each) for each in (person.statements, person.changed_statements) if each]
    devices = " / ".join(decode(Statement, people.chain_of(each)[0].body).device.hex()[:8] for each in lists)
    note(what, None if what is What.KEYS_CHANGED else member(), subject=f"{person.user_name}: {devices}"[:100])


def forget(person: KnownPerson) -> bool:
    """Take the mark away, and tell whether there was one."""
    return Verification.objects.filter(person=person).delete()[0] > 0


@transaction.atomic
def take_mark_back(person: KnownPerson) -> None:
    """Forget that the number was compared."""
    if forget(person):
        note(What.MARK_TAKEN_BACK, member(), subject=person.user_name)
        events.publish("people")
