"""Telling pages that messages moved on: by a tick alone, where nothing else of their bubbles changes."""

import uuid
from collections.abc import Iterable

from messaging.models import Message
from peers import events

# These are shown by a tick only; the page has one of each.
TICKS = (Message.State.HANDED, Message.State.DELIVERED, Message.State.READ)


def moved(person: uuid.UUID, messages: Iterable[Message], state: str) -> None:
    """Tell every page, once the transaction is committed, that messages with a person are in another state."""
    ticks, drawn = [], []
    for message in messages:
        # Files and cautions look different with each state, and so does what failed.
        is_plain = state in TICKS and not message.files and not message.caution
        (ticks if is_plain else drawn).append(message.pk)
    if ticks:
        events.publish("ticks", person=str(person), ids=ticks, state=str(state))
    if drawn:
        events.publish("states", person=str(person), ids=drawn)
