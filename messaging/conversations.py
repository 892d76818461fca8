"""Finding and opening conversations, and keeping what they count right."""

import uuid
from datetime import datetime

from django.db import connection

from messaging.models import Conversation, Message, Notice
from messaging.payloads import direct_conversation
from peers import events
from peers.models import KnownPerson
from peers.own import own_device
from peers.prepared import Select

# These run for each message. The ORM takes much longer to put them into words than the database to answer.
FIND = "SELECT id, wire_id FROM messaging_conversation WHERE direct_with_id = %s"
MOVE_ON = "UPDATE messaging_conversation SET last_message_id = %s, last_at = %s, unread = unread + %s WHERE id = %s"

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
    with connection.cursor() as cursor:
        cursor.execute(FIND, [KnownPerson._meta.pk.get_db_prep_value(person, connection)])
        found = cursor.fetchone()
    return Conversation(pk=found[0], wire_id=found[1], direct_with_id=person) if found else _open(person)


def _open(person: uuid.UUID) -> Conversation:
    wire_id = direct_conversation(own_person(), person)
    # Another thread may have been quicker.
    conversation, _ = Conversation.objects.get_or_create(direct_with_id=person, defaults={"wire_id": wire_id})
    return conversation


def moved_on(conversation: Conversation, last: Message, at: datetime, unread: int = 0) -> None:
    """Note the newest message, and how many more the member has not read."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ON, [last.pk, connection.ops.adapt_datetimefield_value(at), unread, conversation.pk])


def note(person: uuid.UUID, code: Notice.Code) -> None:
    """Put a notice at the end of the conversation with a person."""
    conversation = conversation_with(person)
    last = conversation.messages.order_by("-pk").values_list("pk", flat=True).first() or 0
    Notice.objects.create(conversation=conversation, code=code, after=last)
    events.publish("notices", person=str(person))
