"""Messages of ours on their way by the classic network: the words and each file are a letter of their own."""

import json
import uuid
from collections.abc import Sequence

from django.db.models import QuerySet

from messaging.files.errors import NoSuchFile
from messaging.files.models import Attachment
from messaging.models import Message
from peers.models import ClassicLetter, ClassicPerson
from peers.older import outbox

State = ClassicLetter.State
# What is shown of a message follows the letter that is furthest behind.
BEHIND = (State.FAILED, State.WAITING, State.HANDED, State.DELIVERED)


def file_id(row: Attachment) -> bytes:
    """Return the id of the letter that carries a file."""
    return uuid.UUID(str(row.pk)).bytes


def file_of(letter: ClassicLetter) -> uuid.UUID:
    """Return the pk of the file that a letter carries."""
    return uuid.UUID(bytes=bytes(letter.payload_id))


def enqueue(person: ClassicPerson, message: Message, files: Sequence[Attachment]) -> None:
    """Queue a new message, its words first."""
    if message.text:
        outbox.enqueue(person, bytes(message.payload_id), *_body_of(message))
    for row in files:
        outbox.enqueue(person, file_id(row), "", ClassicLetter.Kind.FILE)


def _body_of(message: Message) -> tuple[str, ClassicLetter.Kind]:
    """Return what carries a message's words, and as what: an event is carried by its fields."""
    if not message.is_event:
        return message.text, ClassicLetter.Kind.WORDS
    event = message.invitation
    ends = int(event.ends_at.timestamp()) if event.ends_at else 0
    fields = {
        "event_name": message.text,
        "event_description": event.description,
        "event_location": event.location,
        "start_time": event.start_literal,
        "end_time": str(ends),
    }
    return json.dumps(fields), ClassicLetter.Kind.EVENT


def letters_of(message: Message) -> QuerySet[ClassicLetter]:
    """Return the letters that carry a message of ours."""
    return _letters(message).filter(mine=True)


def both_sides(message: Message) -> QuerySet[ClassicLetter]:
    """Return the letters by which both sides know a message, ours or theirs."""
    return _letters(message).exclude(state=State.FAILED)


def _letters(message: Message) -> QuerySet[ClassicLetter]:
    files = message.attachments.all() if message.files else ()
    return ClassicLetter.objects.filter(payload_id__in=[bytes(message.payload_id), *map(file_id, files)])


def retry(person: ClassicPerson, message: Message) -> None:
    """Queue again what failed of a message. Raises `NoSuchFile`."""
    if message.attachments.filter(blob=None).exists():
        raise NoSuchFile
    for letter in letters_of(message).filter(state=State.FAILED):
        is_file = letter.kind == ClassicLetter.Kind.FILE
        body, kind = ("", ClassicLetter.Kind.FILE) if is_file else _body_of(message)
        outbox.enqueue(person, bytes(letter.payload_id), body, kind)


def give_up(message: Message, reason: str) -> bool:
    """End what still waits of a message, and tell whether anything did."""
    waiting = letters_of(message).filter(state=State.WAITING).order_by("pk")
    return sum(outbox.fail(letter, reason) for letter in waiting) > 0


def message_of(letter: ClassicLetter) -> Message | None:
    """Return the message that a letter carries, or belongs to as a file."""
    messages = Message.objects.select_related("conversation")
    if letter.kind == ClassicLetter.Kind.ANSWER:
        return None
    if letter.kind == ClassicLetter.Kind.DELETION:
        about = ClassicLetter.objects.filter(payload_id=letter.about).first()
        return message_of(about) if about else None
    if letter.kind != ClassicLetter.Kind.FILE:
        return messages.filter(payload_id=letter.payload_id, mine=letter.mine).first()
    return messages.filter(attachments=file_of(letter), mine=letter.mine).first()


def furthest_behind(letters: Sequence[ClassicLetter]) -> ClassicLetter:
    """Return the letter whose state is the message's."""
    return min(letters, key=lambda letter: BEHIND.index(State(letter.state)))
