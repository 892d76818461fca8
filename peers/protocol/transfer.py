"""How a transfer stands, as the receiving node answers at its door, or says when it fetches."""

import enum
from typing import Annotated

import msgspec

from peers.protocol.chunk import RUN
from peers.protocol.codec import Wire

# A bit a chunk of the largest file.
MAX_HAVE = 1024 * 1024 // 8


class Wish(enum.Enum):
    """What the receiving node wants of the sender."""

    WANTED = "wanted"
    COMPLETE = "complete"
    # For now: the sender asks again later.
    NO_ROOM = "no-room"
    # For good.
    TOO_LARGE = "too-large"
    QUOTA = "quota"
    DAMAGED = "damaged"
    GONE = "gone"


FINAL = frozenset({Wish.TOO_LARGE, Wish.QUOTA, Wish.DAMAGED, Wish.GONE})


class Standing(Wire, frozen=True):
    """The answer to a question and to a chunk. `have` has a bit for each chunk, the first one lowest in the first
    byte; it is empty in the answer to a chunk."""

    wish: Wish
    have: Annotated[bytes, msgspec.Meta(max_length=MAX_HAVE)]


class Fetch(Wire, frozen=True):
    """What a receiving node that cannot be dialled asks for: `count` chunks from `first` on; with `no-room` none."""

    wish: Wish
    have: Annotated[bytes, msgspec.Meta(max_length=MAX_HAVE)]
    first: Annotated[int, msgspec.Meta(ge=0, lt=MAX_HAVE * 8)]
    count: Annotated[int, msgspec.Meta(ge=0, le=RUN)]
