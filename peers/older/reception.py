"""What arrives by the classic door: words, files and invitations, each taken in once."""

import contextlib
import time
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from peers import hooks
from peers.classic import base64, hashing
from peers.classic.ciphers import Undecryptable
from peers.classic.codes import ClassicError, Code
from peers.classic.encryption import WITH_KEY, Opener
from peers.classic.fields import Body, seconds_of
from peers.classic.login import is_name
from peers.classic.year import Year
from peers.models import ClassicLetter, ClassicPerson
from peers.older import caution, events, limits, outbox, people, relay, settings, shares
from peers.older.arrived import Arrived
from peers.older.writer import Slow, Store
from peers.prepared import insert

ENCODINGS = (0, 1, 2, 3)
MAX_TEXT = 65_536
MAX_TYPE = 127
# A stamp from further away says nothing about when something was written.
OLDEST_SECONDS, NEWEST_SECONDS = 30 * 86_400, 300
Kind, State = ClassicLetter.Kind, ClassicLetter.State
FIELD = {Kind.WORDS: "message", Kind.FILE: "file"}


def read_message(data: bytes, source: str, patient: bool = True) -> Store:
    """Return what stores a message, once. Raises `ClassicError`, and `Slow` if checking it takes long."""
    return _read(Kind.WORDS, limits.MESSAGES, data, source, patient)


def read_file(data: bytes, source: str, patient: bool = True) -> Store:
    """Return what stores a file, once. Raises `ClassicError`."""
    return _read(Kind.FILE, limits.FILES, data, source, patient)


def _read(kind: ClassicLetter.Kind, limit: limits.RateLimitItem, data: bytes, source: str, patient: bool) -> Store:
    body = Body(data)
    sender, destination = body.text("sender"), body.text("destination")
    body.text(FIELD[kind])
    limits.count(limit, kind, sender[:200], source)
    if not settings.is_own_name(destination):
        return lambda: relay.hold(data, person_name(sender), destination, relay.CALLS[kind])
    arrived = read(body, sender, kind, patient)
    return lambda: store(arrived, destination, source)


def read_event(data: bytes, source: str, patient: bool = True) -> Store:
    """Return what stores an invitation, once. Raises `ClassicError`."""
    body = Body(data)
    sender, destination = body.text("sender"), body.text("destination")
    limits.count(limits.MESSAGES, Kind.EVENT, sender[:200], source)
    if not settings.is_own_name(destination):
        raise ClassicError(Code.UNAVAILABLE)
    arrived = events.read(body, sender, opener_of(body))
    return lambda: store(arrived, destination, source)


def person_name(sender: str) -> str:
    """Return the name of a sender. Raises `ClassicError`: 1 for no name, 2 for the name of a PeerNet person."""
    if not is_name(sender):
        raise ClassicError(Code.MISSING_FIELD, "sender")
    people.check_not_native(sender)
    return sender


def _missing(name: str) -> None:
    raise ClassicError(Code.MISSING_FIELD, name)


def read(body: Body, sender: str, kind: ClassicLetter.Kind, patient: bool = True) -> Arrived:
    """Decrypt and check what came. Raises `ClassicError`, and `Slow` unless it may take its time."""
    opener = opener_of(body)
    if body.sealed_option("encoding", opener) not in (None, *ENCODINGS):
        raise ClassicError(Code.ENCODING)
    markdown = body.sealed_option("markdown", opener) == 1
    number = body.sealed_option("hashing", opener) or 0
    text, stamp = body.sealed(FIELD[kind], opener), body.stamp(opener)
    given = body.sealed_optional("hash", opener)
    if not text:
        _missing(FIELD[kind])
    if kind is Kind.WORDS and len(text.encode()) > MAX_TEXT:
        raise ClassicError(Code.TOO_LARGE)
    file, to_group = _file(body, opener, text) if kind is Kind.FILE else None, _is_to_group(body, opener)
    if number and not given:
        _missing("hash")
    if not patient and hashing.is_slow(number, settings.year()):
        raise Slow
    hashing.check_hash(number, settings.year(), text, sender, given)
    return Arrived(kind, sender, text, stamp, opener.standard, number, given, markdown, file, to_group=to_group)


def _is_to_group(body: Body, opener: Opener) -> bool:
    """Whether a sender says that this is for a group of theirs; some say so by a number, and some by nothing."""
    said = body.literal("groupID")
    if said and opener.standard:
        with contextlib.suppress(Undecryptable):
            said = opener.open(said)
    return said.strip() not in ("", "0", "-1", "None")


def _file(body: Body, opener: Opener, text: str) -> hooks.ClassicFile:
    name, media_type = body.sealed("filename", opener), body.sealed("content_type", opener)
    return hooks.ClassicFile(name, media_type[:MAX_TYPE], base64.read(text))


def opener_of(body: Body) -> Opener:
    """Return what decrypts the fields of a body. Raises `ClassicError`."""
    standard = body.option("encryption") or 0
    key = settings.own_key() if standard in WITH_KEY else None
    return Opener(standard, settings.year(), key, body.optional("decryptionKey"))


def store(arrived: Arrived, destination: str, source: str) -> None:
    """Store what came, unless we have it. Raises `ClassicError`."""
    payload_id = arrived.payload_id(destination)
    if arrived.file is None:
        shares.check_words()
        _store(arrived, payload_id, source, None)
        return
    if _is_here(payload_id):
        return
    people.check_not_blocked(arrived.sender)
    shelf = hooks.classic_shelf()
    # Ahead of its message: the disk may take longer than others should wait for the database.
    kept = shelf.keep(arrived.file)
    try:
        _store(arrived, payload_id, source, kept)
    except Exception:
        shelf.drop(kept)
        raise


def _store(arrived: Arrived, payload_id: bytes, source: str, kept: Any) -> None:
    try:
        with transaction.atomic():
            person = people.person_of(arrived.sender, source)
            if person.blocked:
                raise ClassicError(Code.REFUSED)
            insert([_letter(arrived, person, payload_id)])
            hooks.hand_over_classic_words(_handed_over(arrived, person, payload_id, source, kept))
            if arrived.hashing and person.ip:
                outbox.wake(person.pk)
    except IntegrityError:
        # Twice the same: stored once, and answered as the first was.
        if kept is not None or not _is_here(payload_id):
            raise
    except hooks.Refused as err:
        raise ClassicError(Code.MISSING_FIELD, "this cannot be shown") from err


def _is_here(payload_id: bytes) -> bool:
    return ClassicLetter.objects.filter(payload_id=payload_id).exists()


def _letter(arrived: Arrived, person: ClassicPerson, payload_id: bytes) -> ClassicLetter:
    is_file = arrived.kind is Kind.FILE
    return ClassicLetter(
        person=person,
        payload_id=payload_id,
        kind=arrived.kind,
        mine=False,
        stamp=arrived.stamp,
        encryption=arrived.encryption,
        hashing=arrived.hashing,
        size=0 if is_file else _size(arrived),
        # Of a file the hash that acknowledges it, for its text is not kept.
        hash=_answering_hash(arrived) if is_file and arrived.hashing else arrived.hash if arrived.hashing else "",
        # With a hash there is something to acknowledge.
        body=arrived.text if arrived.hashing and not is_file else "",
        state=State.WAITING if arrived.hashing else State.DELIVERED,
    )


def _size(arrived: Arrived) -> int:
    """Return how many bytes words take here; those of files are counted with the files."""
    description = arrived.event.description if arrived.event else ""
    return len(arrived.text.encode()) + len(description.encode())


def _answering_hash(arrived: Arrived) -> str:
    """Return the hash that acknowledges a file: the author's own, but salted with us where 2018 salts."""
    year = settings.year()
    if year is Year.Y2017 or not hashing.is_salted(arrived.hashing, year):
        return arrived.hash
    return hashing.make_hash(arrived.hashing, year, arrived.text, settings.own_name())


def _handed_over(
    arrived: Arrived, person: ClassicPerson, payload_id: bytes, source: str, kept: Any
) -> hooks.ClassicWords:
    line = caution.of_received(arrived.encryption, arrived.sender, source, person.ip, to_group=arrived.to_group)
    words = "" if arrived.file else arrived.text
    at = timezone.now() if arrived.event else time_of(arrived.stamp)
    return hooks.ClassicWords(person.person, payload_id, words, at, line, kept, arrived.markdown, arrived.event)


def time_of(stamp: str) -> datetime:
    """Return when a sender says that they wrote, or now when they cannot be right."""
    now = time.time()
    said = seconds_of(stamp)
    if not now - OLDEST_SECONDS <= said <= now + NEWEST_SECONDS:
        return timezone.now()
    return datetime.fromtimestamp(min(said, now), UTC)
