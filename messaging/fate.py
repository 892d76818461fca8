"""How one message fared: each step with its time, for whoever clicks on its state."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from messaging.models import Message

READ, FAILED, WAITING = Message.State.READ, Message.State.FAILED, Message.State.WAITING
HANDED = Message.State.HANDED


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, when (if that is known), and what it means."""

    what: str
    at: datetime | None = None
    meaning: str = ""


def fate(message: Message) -> list[Step]:
    """Return what happened to a message, in order."""
    name = message.conversation.direct_with.name
    if hasattr(message.conversation.direct_with, "classic"):
        return list(_classic(message, name))
    return list(_sent(message, name) if message.mine else _received(message, name))


def _received(message: Message, name: str) -> Iterator[Step]:
    yield Step(f"Written by {name}", message.sent_at, "By the clock of their computer.")
    yield Step("Arrived here", message.created_at)


def _sent(message: Message, name: str) -> Iterator[Step]:
    yield Step("Written by you", message.sent_at)
    if message.delivered_at:
        yield Step(f"Delivered to {name}", message.delivered_at, "Their computer stored it, and signed that it did.")
    if message.state == WAITING:
        yield Step("Waiting on this computer", None, f"It goes out by itself as soon as {name}'s computer answers.")
    elif message.state == FAILED:
        yield Step("Not delivered", None, message.reason)
    elif message.state == READ:
        yield Step(f"Read by {name}", message.read_at)


def _classic(message: Message, name: str) -> Iterator[Step]:
    """The same by the classic network, where nobody proves anything."""
    if not message.mine:
        yield Step(f"Written under the name {name}", message.sent_at, message.caution)
        yield Step("Arrived here", message.created_at)
        return
    yield Step("Written by you", message.sent_at)
    if message.state == WAITING:
        yield Step("Waiting on this computer", None, f"It goes out by itself as soon as the program of {name} answers.")
    elif message.state == FAILED:
        yield Step("Not delivered", None, message.reason)
    else:
        yield Step(f"Handed over to the program of {name}", None, message.caution)
    if message.state == HANDED:
        yield Step("Not acknowledged", None, "Whether it can be read there is not known.")
    elif message.delivered_at:
        words = "Whoever said so knew your words. Nothing proves who that was."
        yield Step(f"Acknowledged under the name {name}", message.delivered_at, words)
