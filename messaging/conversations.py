"""Finding and opening conversations, and keeping what they count right."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from messaging.models import Conversation, Message, Notice
from messaging.payloads import direct_conversation
from peers import events
from peers.own import own_device


class NoMember(Exception):
    """This node belongs to nobody yet: the first sign-in comes before the first conversation."""


def own_person() -> uuid.UUID:
    """Return whom this node belongs to. Raises `NoMember`."""
    own = own_device()
    if own is None or not own.person:
        raise NoMember
    return uuid.UUID(bytes=bytes(own.person))


def conversation_with(person: uuid.UUID) -> Conversation:
    """Return the conversation with a person, opened now if need be. Raises `NoMember`."""
    found = Conversation.objects.filter(direct_with=person).first()
    return found or _open(person)


def conversations_with(people: Iterable[uuid.UUID]) -> dict[uuid.UUID, Conversation]:
    """Return the conversation with each of these people, opened now if need be. Raises `NoMember`."""
    wanted = set(people)
    found = {row.direct_with_id: row for row in Conversation.objects.filter(direct_with__in=wanted)}
    return {person: found.get(person) or _open(person) for person in wanted}


def _open(person: uuid.UUID) -> Conversation:
    wire_id = direct_conversation(own_person(), person)
    # Another thread may have been quicker.
    conversation, _ = Conversation.objects.get_or_create(direct_with_id=person, defaults={"wire_id": wire_id})
    return conversation


def moved_on(conversation: Conversation, last: Message, at: datetime, unread: int = 0) -> None:
    """Note the newest message, and how many more the member has not read."""
    Conversation.objects.filter(pk=conversation.pk).update(last_message=last, last_at=at, unread=F("unread") + unread)


def note(person: uuid.UUID, code: Notice.Code) -> None:
    """Put a notice at the end of the conversation with a person."""
    conversation = conversation_with(person)
    last = conversation.messages.order_by("-pk").values_list("pk", flat=True).first() or 0
    Notice.objects.create(conversation=conversation, code=code, after=last)
    events.publish("notices", person=str(person))
