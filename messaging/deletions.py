"""Deleting a classic message on both sides: asked of the other program, which may or may not do it."""

from django.conf import settings
from django.db import transaction

from messaging import letters
from messaging.errors import MessagingError
from messaging.models import Message
from messaging.recipients import recipient
from messaging.services import publish_states, remove
from peers.models import ClassicLetter
from peers.older import outbox

State = Message.State
ON_THE_WAY = "Being deleted on both sides: it goes as soon as their program answers."
# Nodes of 2017 have no such call.
YEAR = 2018


class CannotDelete(MessagingError):
    """This message cannot be deleted on both sides. Nothing was changed."""


def is_possible(message: Message) -> bool:
    """Whether the other program may be asked to delete a message."""
    if settings.PEERNET_CLASSIC_YEAR != YEAR or message.deletion == ON_THE_WAY:
        return False
    is_there = not message.mine or message.state in (State.HANDED, State.DELIVERED)
    return is_there and letters.both_sides(message).exclude(kind=ClassicLetter.Kind.EVENT).exists()


@transaction.atomic
def ask(message: Message) -> None:
    """Ask for a message to be deleted on both sides. Raises `CannotDelete` or `CannotWriteTo`."""
    to = recipient(message.conversation.direct_with_id)
    if to.classic is None or not is_possible(message):
        raise CannotDelete
    to.check()
    for letter in letters.both_sides(message).select_related("person"):
        outbox.enqueue_deletion(letter)
    _note(message, ON_THE_WAY)


@transaction.atomic
def here(message: Message) -> None:
    """Delete on this side only what their program would not. Raises `CannotDelete`."""
    if not message.deletion or message.deletion == ON_THE_WAY:
        raise CannotDelete
    remove(message)


def move(letter: ClassicLetter) -> None:
    """Say beside a message that it could not be deleted on both sides."""
    message = letters.message_of(letter)
    if message is not None and letter.state == ClassicLetter.State.FAILED:
        _note(message, letter.reason)


def _note(message: Message, sentence: str) -> None:
    Message.objects.filter(pk=message.pk).update(deletion=sentence)
    publish_states(message.conversation, [message.pk])
