"""The frames of the page's socket: what a page may say, and what it hears."""

import json
import uuid
from typing import Annotated, Any

import msgspec

from messaging.rows import Bubble

# The longest words that may be sent, each character written as JSON's six, and the rest of the frame.
MAX_FRAME = 6 * 65_536 + 4096

Pk = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class BadFrame(Exception):
    """This page said something that the node does not understand. Reload the page."""


class Frame(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """What a page says."""


class Open(Frame, frozen=True, tag="open", rename={"person": "with"}):
    """Which conversation the page shows, up to which message it has it, and whether anybody can see it."""

    person: uuid.UUID | None
    after: Pk
    visible: bool


class Send(Frame, frozen=True, tag="send", rename={"person": "with"}):
    """Words to send, under the page's own mark."""

    key: uuid.UUID
    person: uuid.UUID
    text: str
    files: tuple[uuid.UUID, ...] = ()


class Read(Frame, frozen=True, tag="read", rename={"person": "with"}):
    """The member has seen everything up to a message."""

    person: uuid.UUID
    up_to: Pk


class Draft(Frame, frozen=True, tag="draft", rename={"person": "with"}):
    """What stands in the composer now."""

    person: uuid.UUID
    text: str


class Active(Frame, frozen=True, tag="active"):
    """The member did something at this page."""


_decoder = msgspec.json.Decoder(Open | Send | Read | Draft | Active)


def read_frame(text: str | None) -> Open | Send | Read | Draft | Active:
    """Return what a page said. Raises `BadFrame`."""
    if text is None or len(text) > MAX_FRAME:
        raise BadFrame
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as err:
        raise BadFrame from err


def frame(kind: str, **fields: Any) -> str:
    """Return what the page hears."""
    # Not msgspec: it takes no subclass of str, and a rendered template is one. `str` is for the UUIDs.
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, default=str)


def message(person: uuid.UUID, bubble: Bubble, html: str) -> str:
    """Return the frame that shows a bubble at the end, or in place of the one with its id or key."""
    return frame("message", **{"with": person}, pk=bubble.pk, id=bubble.id, key=bubble.key, html=html)
