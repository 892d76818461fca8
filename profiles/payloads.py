"""What two nodes say to each other about people: the bodies of our kinds of payload."""

import enum
from typing import Annotated

import msgspec

from peers.protocol.codec import Counter, Wire
from peers.protocol.profile import MAX_LINE

CARD = "profile.card"
REQUEST = "profile.request"
STATUS = "profile.status"
# A comparison of emoji, step by step; their bodies are those of `peers.protocol.comparison`.
ASK, ANSWER, KEY, PROOF, END = "compare.ask", "compare.answer", "compare.key", "compare.proof", "compare.end"


class ProfileRequest(Wire, frozen=True):
    """Please send your profile; we hold this version of it, 0 for none."""

    held: Counter


class State(enum.Enum):
    """How somebody is. Whoever hides it is shown as offline."""

    ONLINE = "online"
    IDLE = "idle"
    AWAY = "away"
    BUSY = "dnd"
    HIDDEN = "hidden"


class ProfileStatus(Wire, frozen=True):
    """How the sender's person is, and a few words, until a time in seconds since 1970; 0 for no end."""

    state: State
    text: Annotated[str, msgspec.Meta(max_length=MAX_LINE)]
    until: Counter
