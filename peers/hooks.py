"""The only way up: what the rooms above the post office connect to."""

from collections.abc import Callable

from django.dispatch import Signal

from peers.models import PeerDevice
from peers.protocol.payload import Payload

Handler = Callable[[PeerDevice, Payload], None]

# Sent in the transaction that ends a delivery, with `delivery`.
delivery_ended = Signal()

_handlers: dict[str, Handler] = {}


class Refused(Exception):
    """A handler will not have this payload, now or ever. The stream moves on, and the sender is told."""


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Connect a handler to a kind of payload. It runs in the inbox's transaction and raises `Refused` or nothing."""

    def connect(handler: Handler) -> Handler:
        if kind in _handlers:
            raise ValueError(f"two handlers for {kind}")
        _handlers[kind] = handler
        return handler

    return connect


def handler_for(kind: str) -> Handler | None:
    """Return the handler of a kind, or None when this version knows none."""
    return _handlers.get(kind)
