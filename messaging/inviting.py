"""The member's own invitations to events, for people whose classic program knows such, and the answers that come."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from django.db import transaction
from django.utils import timezone

from messaging import invitations, letters
from messaging.conversations import moved_on, place_with
from messaging.errors import KeyReused, MessagingError
from messaging.models import Invitation, Message
from messaging.recipients import recipient
from messaging.services import publish_states
from messaging.text import check_text
from peers import events, hooks
from peers import outbox as native
from peers.models import ClassicLetter
from peers.older import outbox
from peers.older.people import takes_events


class NoEvents(MessagingError):
    """The program of this person takes no invitations. Write the event in a message instead."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the member describes it, its times in whole seconds."""

    name: str
    starts_at: datetime
    ends_at: datetime
    location: str = ""
    description: str = ""


@transaction.atomic
def invite(person: uuid.UUID, event: Event, key: uuid.UUID | None = None) -> Message:
    """Store an invitation and queue it. The same key again is the same one.

    Raises `NoEvents`, `CannotWriteTo`, or what words raise that cannot be sent.
    """
    if known := Message.objects.filter(key=key).first() if key else None:
        if (known.conversation.direct_with_id, known.text) != (person, event.name):
            raise KeyReused
        return known
    to = recipient(person)
    to.check()
    if to.classic is None or not takes_events(to.classic):
        raise NoEvents
    for text in (event.name, event.location, event.description):
        check_text(text, with_files=text != event.name)
    conversation, now = place_with(person), timezone.now()
    message = Message.objects.create(
        payload_id=native.new_id(),
        conversation=conversation,
        mine=True,
        text=event.name,
        clock=outbox.new_clock(),
        sent_at=now,
        created_at=now,
        state=Message.State.WAITING,
        is_event=True,
        key=key,
    )
    start = str(int(event.starts_at.timestamp()))
    told = hooks.ClassicEvent(event.description, event.location, event.starts_at, event.ends_at, start)
    invitations.keep(message, told)
    letters.enqueue(to.classic, message, ())
    moved_on(conversation, message, now)
    events.publish("messages", person=str(person), ids=[message.pk], mine=True)
    return message


@hooks.takes_classic_answers
@transaction.atomic
def hear(answer: hooks.ClassicAnswer) -> bool:
    """Show an answer in the invitation that it names, and tell whether there is one."""
    ours = Invitation.objects.select_related("message__conversation").filter(
        message__mine=True,
        message__conversation__direct_with__classic__user_name=answer.sender,
        start_literal=str(answer.start),
    )
    # Some programs keep a name as it stands in HTML, and answer so.
    found = [row for row in ours if row.message.text in (answer.event, unescape(answer.event))]
    for row in found:
        _note(row, answer.attendance)
    return bool(found)


def _note(row: Invitation, attendance: int) -> None:
    letter = ClassicLetter.objects.filter(payload_id=row.message.payload_id, mine=True).first()
    if letter is not None:
        # Whoever answers has it.
        outbox.acknowledged(letter)
    if row.answer != attendance:
        Invitation.objects.filter(pk=row.pk).update(answer=attendance)
        publish_states(row.message.conversation, [row.pk])
