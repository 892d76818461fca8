"""What arrives by the classic door: messages, acknowledgements, and the questions of other nodes."""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from peers import hooks
from peers.classic import handshake, hashing
from peers.classic.codes import ClassicError, Code
from peers.classic.encryption import WITH_KEY, Opener
from peers.classic.fields import Body
from peers.classic.login import is_name
from peers.models import ClassicLetter, ClassicPerson
from peers.older import caution, limits, outbox, people, relay, settings
from peers.prepared import insert

ENCODINGS = (0, 1, 2, 3)
MAX_TEXT = 65_536
# A stamp from further away says nothing about when something was written.
OLDEST_SECONDS, NEWEST_SECONDS = 30 * 86_400, 300


@dataclass(frozen=True, slots=True)
class Words:
    """A message as its sender wrote it, its hash checked."""

    sender: str
    text: str
    stamp: str
    encryption: int
    hashing: int
    hash: str

    def payload_id(self, destination: str) -> bytes:
        """Return the id under which the same message is stored once."""
        fields = (self.sender, destination, self.stamp, self.text)
        joined = b"".join(len(field.encode()).to_bytes(4, "big") + field.encode() for field in fields)
        return hashlib.sha256(b"peernet/1/classic\0" + joined).digest()[:16]


def receive_message(data: bytes, source: str) -> None:
    """Take in one message, once. Raises `ClassicError`, and then nothing was stored."""
    body = Body(data)
    sender, destination = body.text("sender"), body.text("destination")
    body.literal("message") or _missing("message")
    limits.count(limits.MESSAGES, "messages", sender[:200])
    if not settings.is_own_name(destination):
        relay.hold(data, person_name(sender), destination)
        return
    words = read_words(body, sender)
    store(words, destination, source)


def person_name(sender: str) -> str:
    """Return the name of a sender. Raises `ClassicError`: 1 for no name, 2 for the name of a PeerNet person."""
    if not is_name(sender):
        raise ClassicError(Code.MISSING_FIELD, "sender")
    if people.is_native(sender):
        raise ClassicError(Code.UNAUTHENTICATED)
    return sender


def _missing(name: str) -> None:
    raise ClassicError(Code.MISSING_FIELD, name)


def read_words(body: Body, sender: str) -> Words:
    """Decrypt and check a message. Raises `ClassicError`."""
    opener = opener_of(body)
    if body.sealed_option("encoding", opener) not in (None, *ENCODINGS):
        raise ClassicError(Code.ENCODING)
    body.sealed_option("markdown", opener)
    number = body.sealed_option("hashing", opener) or 0
    text, stamp, given = body.sealed("message", opener), body.stamp(opener), body.sealed_optional("hash", opener)
    if not text:
        _missing("message")
    if len(text.encode()) > MAX_TEXT:
        raise ClassicError(Code.TOO_LARGE)
    if number and not given:
        _missing("hash")
    hashing.check_hash(number, settings.year(), text, sender, given)
    return Words(sender, text, stamp, opener.standard, number, given)


def opener_of(body: Body) -> Opener:
    """Return what decrypts the fields of a body. Raises `ClassicError`."""
    standard = body.option("encryption") or 0
    key = settings.own_key() if standard in WITH_KEY else None
    return Opener(standard, settings.year(), key, body.optional("decryptionKey"))


def store(words: Words, destination: str, source: str) -> None:
    """Store a message, unless we have it. Raises `ClassicError`."""
    payload_id = words.payload_id(destination)
    try:
        with transaction.atomic():
            person = people.person_of(words.sender)
            if person.blocked:
                raise ClassicError(Code.REFUSED)
            insert([_letter(words, person, payload_id)])
            hooks.hand_over_classic_words(_handed_over(words, person, payload_id, source))
            if words.hashing and person.ip:
                outbox.wake(person.pk)
    except IntegrityError:
        # Twice the same: stored once, and answered as the first was.
        if not ClassicLetter.objects.filter(payload_id=payload_id).exists():
            raise
    except hooks.Refused as err:
        raise ClassicError(Code.MISSING_FIELD, "these words cannot be shown") from err


def _letter(words: Words, person: ClassicPerson, payload_id: bytes) -> ClassicLetter:
    return ClassicLetter(
        person=person,
        payload_id=payload_id,
        mine=False,
        stamp=words.stamp,
        encryption=words.encryption,
        hashing=words.hashing,
        hash=words.hash,
        # With a hash there is something to acknowledge.
        body=words.text if words.hashing else "",
        state=ClassicLetter.State.WAITING if words.hashing else ClassicLetter.State.DELIVERED,
    )


def _handed_over(words: Words, person: ClassicPerson, payload_id: bytes, source: str) -> hooks.ClassicWords:
    line = caution.of_received(words.encryption, words.sender, source, person.ip)
    return hooks.ClassicWords(person.person, payload_id, words.text, time_of(words.stamp), line)


def time_of(stamp: str) -> datetime:
    """Return when a sender says that they wrote, or now when they cannot be right."""
    now = time.time()
    said = float(stamp)
    # Some write milliseconds.
    said = said / 1000 if said > 1e11 else said
    if not now - OLDEST_SECONDS <= said <= now + NEWEST_SECONDS:
        return timezone.now()
    return datetime.fromtimestamp(min(said, now), UTC)


def acknowledge(data: bytes, source: str) -> None:
    """Note that a message of ours arrived as we wrote it. Raises `ClassicError`: 4 for one that we did not send."""
    body = Body(data)
    sender, stamp, destination = body.text("sender"), body.literal("stamp"), body.optional("destination")
    number, given = body.option("hashing"), body.text("hash")
    if not stamp or number is None:
        raise ClassicError(Code.MISSING_FIELD)
    limits.count(limits.MESSAGES, "messages", sender[:200])
    letters = ClassicLetter.objects.select_related("person").filter(mine=True, stamp=stamp).exclude(body="")
    if destination:
        # 2018: the sender is who acknowledges, and the hash is salted with them.
        letter, salt = letters.filter(person__user_name=sender).first(), sender
    else:
        # 2017: the sender is the author of what is acknowledged, and the hash is its own.
        letter, salt = letters.filter(hashing=number).first(), settings.own_name()
    if letter is None or not settings.is_own_name(destination or sender):
        raise ClassicError(Code.DATABASE_ERROR)
    if number == 0:
        raise ClassicError(Code.HASH_MISMATCH)
    hashing.check_hash(number, settings.year(), letter.body, salt, given)
    outbox.acknowledged(letter)


def acknowledge_delete(data: bytes, source: str) -> None:
    """Delete a message between its sender and us, for either who can read it. Raises `ClassicError`: 4 if unknown.

    Only whoever knows the words can make the hash, which is all the proof that the protocol has.
    """
    body = Body(data)
    sender, destination = body.text("sender"), body.text("destination")
    standard, number = body.option("encryption"), body.option("hashing")
    if standard is None or number is None:
        raise ClassicError(Code.MISSING_FIELD)
    if standard not in WITH_KEY:
        raise ClassicError(Code.ENCRYPTION)
    limits.count(limits.MESSAGES, "messages", sender[:200])
    opener = opener_of(body)
    stamp, given = body.stamp(opener), body.sealed("hash", opener)
    letters = ClassicLetter.objects.filter(stamp=stamp, person__user_name=sender, person__blocked=False)
    letter, shelf = letters.order_by("pk").first(), hooks.classic_shelf()
    text = shelf.text_of(bytes(letter.payload_id)) if letter and shelf else None
    if letter is None or shelf is None or text is None or not settings.is_own_name(destination):
        raise ClassicError(Code.DATABASE_ERROR)
    if number == 0:
        raise ClassicError(Code.HASH_MISMATCH)
    hashing.check_hash(number, settings.year(), text, sender, given)
    with transaction.atomic():
        # The row stays, so that the same message does not come again.
        ClassicLetter.objects.filter(pk=letter.pk).update(state=ClassicLetter.State.DELIVERED, body="", hash="")
        shelf.remove(bytes(letter.payload_id))


def answer_handshake(data: bytes, source: str) -> str:
    """Return the plaintext of a text that handshakes carry. Raises `ClassicError` for every other."""
    limits.count(limits.HANDSHAKES, "handshake", source)
    body = Body(data)
    body.text("sender")
    destination, sealed = body.text("destination"), body.text("message")
    if body.option("encryption") is None:
        raise ClassicError(Code.MISSING_FIELD, "encryption")
    if not settings.is_own_name(destination):
        raise ClassicError(Code.UNAVAILABLE)
    text = opener_of(body).open(sealed)
    if not handshake.may_answer(text):
        # The same answer as for what cannot be decrypted, so that it tells nothing about the text.
        raise ClassicError(Code.ENCRYPTION)
    return text


def public_key(data: bytes, source: str) -> str:
    """Return our public key in hex. Raises `ClassicError` when somebody else's is asked for."""
    body = Body(data)
    name = body.optional("profile_username") or body.optional("username")
    if name and not settings.is_own_name(name):
        raise ClassicError(Code.UNAVAILABLE)
    return settings.own_key().public_hex


def profile(data: bytes, source: str) -> dict[str, str | int]:
    """Return the member's profile. Raises `ClassicError` when somebody else's is asked for."""
    body = Body(data)
    body.text("sender")
    found = _told(body)
    fields: dict[str, str | int] = {
        "fullname": found.full_name,
        "position": found.position,
        "description": found.description,
        "location": found.location,
        # Pictures are for people whose node proved who they are.
        "picture": "",
        "encoding": 0,
        "encryption": 0,
        "decryptionKey": "",
    }
    changed = found.updated_at or timezone.now()
    return fields | ({"lastUpdated": int(changed.timestamp())} if settings.year() == 2018 else {})


def status(data: bytes, source: str) -> dict[str, str]:
    """Return how the member is. Raises `ClassicError` when somebody else is asked for."""
    return {"status": _told(Body(data)).status}


def _told(body: Body) -> hooks.ClassicProfile:
    found = hooks.classic_profile()
    if not settings.is_own_name(body.text("profile_username")) or found is None:
        raise ClassicError(Code.UNAVAILABLE)
    return found
