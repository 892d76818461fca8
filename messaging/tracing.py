"""One message, or anything else that was sent under an id, from composing to reading. Never its words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from messaging.letters import letters_of
from messaging.models import Message
from peers import tracing
from peers.models import Delivery
from peers.tracing import Step

HEX = re.compile(r"[0-9a-f]{32}")
EARLIEST = datetime.min.replace(tzinfo=UTC)


class Untraceable(Exception):
    """Nothing can be told about this id."""


@dataclass
class Trace:
    """What it is, what happened to it in order of time, and how it stands."""

    what: str
    steps: list[Step] = field(default_factory=list)

    @property
    def past(self) -> list[Step]:
        """The steps that have a time, oldest first."""
        return sorted((step for step in self.steps if step.at), key=lambda step: step.at or EARLIEST)

    @property
    def present(self) -> list[str]:
        """What holds now."""
        return [step.what for step in self.steps if not step.at]


def trace(text: str) -> Trace:
    """Return the trace of a payload's id in hex, with dashes or without. Raises `Untraceable`."""
    payload_id = read_id(text)
    message = Message.objects.filter(payload_id=payload_id).select_related("conversation__direct_with").first()
    deliveries = list(tracing.deliveries_of(payload_id))
    if message is None and not deliveries:
        raise Untraceable("Nothing here has this id. It may have been deleted, or belong to another node.")
    found = Trace(_describe(message) if message else f"a payload of the kind {deliveries[0].kind}")
    if message:
        found.steps += _composed(message, deliveries)
    for row in deliveries:
        found.steps += tracing.steps_of(row)
    if message:
        found.steps += _letters(message) + _ended(message)
    return found


def read_id(text: str) -> bytes:
    """Return the bytes of an id. Raises `Untraceable`."""
    bare = text.strip().replace("-", "").lower()
    if not HEX.fullmatch(bare):
        raise Untraceable("An id has 32 hexadecimal digits: pages show it as data-id of a message.")
    return bytes.fromhex(bare)


def _describe(message: Message) -> str:
    return f"a message {'to' if message.mine else 'from'} {message.conversation.direct_with}"


def _composed(message: Message, deliveries: Sequence[Delivery]) -> list[Step]:
    if message.mine:
        # Both happen in one transaction, in which sealing comes first.
        return [Step(min([message.created_at, *(row.created_at for row in deliveries)]), "composed and stored")]
    # Nothing classic is receipted.
    arrived = "received and stored, by the classic network" if message.caution else "received, stored and receipted"
    return [Step(message.sent_at, "sent, by their clock"), Step(message.created_at, arrived)]


def _letters(message: Message) -> list[Step]:
    """How the parts of our own message fare by the classic network."""
    return [
        Step(
            None,
            f"by the classic network, {row.kind}: {row.state}, {row.attempts} tries, "
            f"encryption {row.encryption}, hashing {row.hashing}",
        )
        for row in letters_of(message).order_by("pk")
    ]


def _ended(message: Message) -> list[Step]:
    if not message.mine:
        is_read = message.pk <= message.conversation.read_to
        return [Step(None, "read here" if is_read else "not read yet")]
    steps = [Step(message.delivered_at, "shown as delivered")] if message.delivered_at else []
    steps += [Step(message.read_at, "read by them")] if message.read_at else []
    reason = f": {message.reason}" if message.reason else ""
    return [*steps, Step(None, f"shown as {message.state}{reason}")]
