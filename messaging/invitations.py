"""Invitations to events of the classic network as a page shows them, and the member's answers to theirs."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.safestring import SafeString

from messaging.errors import MessagingError
from messaging.formatting import formatted
from messaging.models import Invitation, Message
from messaging.recipients import recipient
from messaging.rows import here
from messaging.services import publish_states
from peers.hooks import ClassicEvent
from peers.models import ClassicLetter
from peers.older import outbox

Attendance, State = Invitation.Attendance, Message.State
# Those that answer, in the order of the buttons.
CHOICES = (Attendance.GOING, Attendance.MAYBE, Attendance.NOT_GOING)
TOLD = {
    State.WAITING: "Your answer waits on this computer until their program answers.",
    State.HANDED: "Their program has your answer.",
    State.DELIVERED: "Their program has your answer.",
}

NO_ANSWER = "No answer yet."


class NoInvitation(MessagingError):
    """There is nothing here that could be answered."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An invitation as a bubble shows it."""

    description: str
    html: SafeString
    location: str
    starts_at: datetime | None
    ends_at: datetime | None
    # It ends on the day on which it starts: the time is enough.
    in_a_day: bool
    # Of theirs each choice: its number, its words, and whether it is the member's.
    choices: tuple[tuple[int, str, bool], ...]
    sentence: str
    failed: bool


def keep(message: Message, event: ClassicEvent) -> None:
    """Store what an invitation tells beside its words."""
    Invitation.objects.create(
        message=message,
        description=event.description,
        location=event.location,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        start_literal=event.start_literal,
    )


def shown_of(messages: Iterable[Message]) -> dict[int, Shown]:
    """Return the invitations among these messages, by the messages' pks."""
    wanted = [message.pk for message in messages if message.is_event]
    rows = Invitation.objects.filter(pk__in=wanted).select_related("message") if wanted else ()
    return {row.pk: _shown(row) for row in rows}


def _shown(row: Invitation) -> Shown:
    mine = row.message.mine
    html = formatted(row.description) if row.message.is_markdown else SafeString("")
    return Shown(
        description="" if html else row.description,
        html=html,
        location=row.location,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        in_a_day=bool(row.starts_at and row.ends_at and here(row.starts_at).date() == here(row.ends_at).date()),
        choices=() if mine else tuple((choice.value, str(choice.label), choice == row.answer) for choice in CHOICES),
        sentence=_answer_of(row) if mine else _fate_of(row),
        failed=row.state == State.FAILED,
    )


def _fate_of(row: Invitation) -> str:
    """Return how the member's answer fared."""
    return row.reason or TOLD.get(State(row.state), "") if row.state else ""


def _answer_of(row: Invitation) -> str:
    """Return what came back on the member's own invitation."""
    if row.answer is None:
        return NO_ANSWER if row.message.state in (State.HANDED, State.DELIVERED) else ""
    return f"Answered: {Attendance(row.answer).label}. Nothing proves by whom."


@transaction.atomic
def answer(message: Message, attendance: int) -> None:
    """Answer an invitation, or answer it otherwise. Raises `NoInvitation` or `CannotWriteTo`."""
    row = Invitation.objects.select_for_update().filter(pk=message.pk, message__mine=False).first()
    to = recipient(message.conversation.direct_with_id)
    if row is None or to.classic is None or attendance not in Attendance:
        raise NoInvitation
    to.check()
    said = {"event_name": message.text, "start_time": json.loads(row.start_literal), "attendance": attendance}
    outbox.enqueue(to.classic, _letter_id(row), json.dumps(said), ClassicLetter.Kind.ANSWER)
    row.answer, row.state, row.reason = attendance, State.WAITING, ""
    row.save(update_fields=["answer", "state", "reason"])
    publish_states(message.conversation, [message.pk])


def _letter_id(row: Invitation) -> bytes:
    return hashlib.sha256(b"peernet/1/classic-answer\0" + bytes(row.message.payload_id)).digest()[:16]


def move(letter: ClassicLetter) -> None:
    """Show how an answer fared."""
    said: dict[str, Any] = json.loads(letter.body) if letter.body else {}
    rows = Invitation.objects.select_related("message__conversation").filter(
        message__conversation__direct_with__classic=letter.person_id, message__mine=False, answer__isnull=False
    )
    row = next((each for each in rows if _letter_id(each) == bytes(letter.payload_id)), None)
    if row is None or (said and said["attendance"] != row.answer):
        return
    Invitation.objects.filter(pk=row.pk).update(state=letter.state, reason=letter.reason)
    publish_states(row.message.conversation, [row.pk])
