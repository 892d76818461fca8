"""What two nodes say to each other about conversations: the bodies of our kinds of payload."""

import hashlib
import uuid
from typing import Annotated

import msgspec

from messaging.text import MAX_BYTES
from peers.protocol.codec import Bytes16, Wire

MESSAGE = "chat.message"
RECEIPT = "chat.receipt"


class ChatMessage(Wire, frozen=True):
    """The words of one message."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_BYTES)]


class ChatReceipt(Wire, frozen=True):
    """The recipient has read everything up to the message with this payload id, in the sender's order."""

    up_to: Bytes16


def direct_conversation(one: uuid.UUID, other: uuid.UUID) -> bytes:
    """Return the id that two people's conversation has on both sides."""
    first, second = sorted((one.bytes, other.bytes))
    return hashlib.sha256(b"peernet/1/direct\0" + first + second).digest()[:16]
