"""The one encoding of every structure: msgpack arrays, strict and canonical (docs/protocol.md, Encoding)."""

from typing import Annotated, TypeVar

import msgspec

from peers.protocol.errors import Malformed, TooLarge

MAX_BYTES = 2 * 1024 * 1024

Bytes8 = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
Bytes16 = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Bytes32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Bytes64 = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
# SQLite and PostgreSQL keep signed 64-bit integers.
Counter = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Wire(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A structure of the wire. Fields are an array in the order of their definition."""


T = TypeVar("T", bound=Wire)


def encode(value: Wire) -> bytes:
    """Return the canonical bytes of a structure."""
    return msgspec.msgpack.encode(value)


def decode(kind: type[T], data: bytes, limit: int = MAX_BYTES) -> T:
    """Return the structure that `data` encodes.

    Raises `TooLarge` past `limit` bytes, and `Malformed` for anything but the one canonical encoding: a
    signature must never cover two readings of the same bytes.
    """
    if len(data) > limit:
        raise TooLarge(f"{len(data)} bytes, {limit} allowed")
    try:
        value = msgspec.msgpack.decode(data, type=kind)
        canonical = encode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as err:
        raise Malformed(kind.__name__) from err
    if canonical != data:
        raise Malformed(f"{kind.__name__} is not canonical")
    return value
