"""Reading what a peer's payload says."""

from typing import TypeVar

from peers import hooks
from peers.protocol.codec import Wire, decode
from peers.protocol.errors import ProtocolError
from peers.protocol.payload import Payload

T = TypeVar("T", bound=Wire)


def body_of(kind: type[T], payload: Payload) -> T:
    """Return what a payload says. Raises `hooks.Refused`."""
    try:
        return decode(kind, payload.body)
    except ProtocolError as err:
        raise hooks.Refused(kind.__name__) from err
