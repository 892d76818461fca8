"""What two nodes say to each other about conversations: the bodies of our kinds of payload."""

import hashlib
import uuid
from typing import Annotated

import msgspec

from messaging.text import MAX_BYTES
from peers.protocol.chunk import MAX_FILE
from peers.protocol.codec import Bytes16, Bytes32, Wire
from peers.protocol.transfer import Wish

MESSAGE = "chat.message"
RECEIPT = "chat.receipt"
FILE_RECEIPT = "file.receipt"
FILE_GONE = "file.gone"
FILE_REFUSED = "file.refused"
FILE_ASK = "file.ask"
FILE_LIMITS = "file.limits"
MAX_FILES = 20
MAX_NAME = 255


class FileOffer(Wire, frozen=True):
    """A file of a message: what it is, and what opens it. The chunks come by another way, under the transfer's id."""

    transfer_id: Bytes32
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]
    media_type: Annotated[str, msgspec.Meta(max_length=127)]
    size: Annotated[int, msgspec.Meta(ge=0, le=MAX_FILE)]
    sha256: Bytes32
    key: Bytes32


class ChatMessage(Wire, frozen=True):
    """The words of one message, and the files that come with them. One of the two may be missing."""

    text: Annotated[str, msgspec.Meta(max_length=MAX_BYTES)]
    files: Annotated[tuple[FileOffer, ...], msgspec.Meta(max_length=MAX_FILES)] = ()


class ChatReceipt(Wire, frozen=True):
    """The recipient has read everything up to the message with this payload id, in the sender's order."""

    up_to: Bytes16


class FileReceipt(Wire, frozen=True):
    """Every chunk of a file is stored, and together they have this SHA-256."""

    transfer_id: Bytes32
    sha256: Bytes32


class FileGone(Wire, frozen=True):
    """The sender took this file back before all of it had arrived."""

    transfer_id: Bytes32


class FileRefused(Wire, frozen=True):
    """The recipient's node will not have this file, and why."""

    transfer_id: Bytes32
    wish: Wish


class FileAsk(Wire, frozen=True):
    """What would the other node take of our files now?"""


class FileLimits(Wire, frozen=True):
    """The largest file that this node takes, and how many bytes there is room for, of the asker's files."""

    largest: Annotated[int, msgspec.Meta(ge=0)]
    room: Annotated[int, msgspec.Meta(ge=0)]


def direct_conversation(one: uuid.UUID, other: uuid.UUID) -> bytes:
    """Return the id that two people's conversation has on both sides."""
    first, second = sorted((one.bytes, other.bytes))
    return hashlib.sha256(b"peernet/1/direct\0" + first + second).digest()[:16]
