"""Finding and opening conversations, and keeping what they count right."""

import uuid
from datetime import datetime

from django.db.models import F

from messaging.models import Conversation, Message, Notice
from messaging.payloads import direct_conversation
from peers import events
from peers.own import own_device
from peers.prepared import Select, Update

_place = Select(
    lambda person: Conversation.objects.only("wire_id", "direct_with").filter(direct_with=person),
    Conversation.direct_with,
)
_move_on = Update(
    lambda last, at, more, pk: (
        Conversation.objects.filter(pk=pk),
        {"last_message": last, "last_at": at, "unread": F("unread") + more},
    ),
    Conversation.last_message,
    Conversation.last_at,
    Conversation.unread,
    Conversation.id,
)
_with = Select(lambda person: Conversation.objects.filter(direct_with=person), Conversation.direct_with)


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
    return found_with(person) or _open(person)


def found_with(person: uuid.UUID) -> Conversation | None:
    """Return the conversation with a person, if one was opened."""
    return _with.first(person)


def place_with(person: uuid.UUID) -> Conversation:
    """Return the conversation with a person with nothing but its ids, opened now if need be. Raises `NoMember`."""
    return _place.first(person) or _open(person)


def _open(person: uuid.UUID) -> Conversation:
    wire_id = direct_conversation(own_person(), person)
    # Another thread may have been quicker.
    conversation, _ = Conversation.objects.get_or_create(direct_with_id=person, defaults={"wire_id": wire_id})
    return conversation


def moved_on(conversation: Conversation, last: Message, at: datetime, unread: int = 0) -> None:
    """Note the newest message, and how many more the member has not read."""
    _move_on(last.pk, at, unread, conversation.pk)


def note(person: uuid.UUID, code: Notice.Code) -> None:
    """Put a notice at the end of the conversation with a person."""
    conversation = conversation_with(person)
    last = conversation.messages.order_by("-pk").values_list("pk", flat=True).first() or 0
    Notice.objects.create(conversation=conversation, code=code, after=last)
    events.publish("notices", person=str(person))
