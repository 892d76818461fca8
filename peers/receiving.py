"""Keeps handlers from sending while a bundle is judged: its ratchets and clock are stored at its end, over theirs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_here = threading.local()


class StillReceiving(RuntimeError):
    """A handler sends while the bundle that it hears is judged. Send with `transaction.on_commit`."""


@contextmanager
def receiving() -> Iterator[None]:
    """Let nothing be sealed in this thread."""
    _here.is_receiving = True
    try:
        yield
    finally:
        _here.is_receiving = False


def check() -> None:
    """Raise `StillReceiving` where nothing may be sealed."""
    if getattr(_here, "is_receiving", False):
        raise StillReceiving(StillReceiving.__doc__)
