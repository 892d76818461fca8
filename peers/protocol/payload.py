"""What one device says to another, before it is sealed."""

from typing import Annotated

import msgspec

from peers.protocol.codec import Bytes16, Bytes32, Counter, Number, Wire, decode, encode
from peers.protocol.errors import Malformed, TooLarge

MAX_BODY = 96 * 1024
MAX_PADDED = 128 * 1024
LENGTH_BYTES = 4
SMALLEST_CLASS = 256
STEP = 4096

Kind = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+(\.[a-z]+)*\Z", max_length=64)]


class Payload(Wire, frozen=True):
    """A kind and its body, with everything that ties it to one place in one conversation.

    `id` is a UUIDv7 (RFC 9562) and stays for life, `clock` a hybrid logical clock's reading, `body` the bytes that
    the kind's own room understands.
    """

    id: Bytes16
    kind: Kind
    conversation: Bytes16
    stream: Bytes16
    number: Number
    clock: Counter
    sender: Bytes32
    recipient: Bytes32
    body: Annotated[bytes, msgspec.Meta(max_length=MAX_BODY)]


def size_class(length: int) -> int:
    """Return the padded size for `length` bytes: a power of two from 256 to 4,096, then steps of 4,096."""
    size = SMALLEST_CLASS
    while size < min(length, STEP):
        size *= 2
    return size if length <= size else -(-length // STEP) * STEP


def pad(payload: Payload) -> bytes:
    """Return the payload's bytes behind their length, filled with zeros to their size class."""
    data = encode(payload)
    size = size_class(LENGTH_BYTES + len(data))
    if size > MAX_PADDED:
        raise TooLarge("payload")
    return (len(data).to_bytes(LENGTH_BYTES, "big") + data).ljust(size, b"\x00")


def unpad(padded: bytes) -> Payload:
    """Return the payload inside. Raises `Malformed` for a false length, size class or filling."""
    if len(padded) > MAX_PADDED:
        raise TooLarge("payload")
    end = LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES], "big")
    if end > len(padded) or len(padded) != size_class(end) or padded[end:].strip(b"\x00"):
        raise Malformed("padding")
    return decode(Payload, padded[LENGTH_BYTES:end])
