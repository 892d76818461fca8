"""How much of this node one peer may use: a bundle at a time, so many bytes an hour, and the room there is.

Messages a second are no limit: whoever has much to say may say it.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from limits import RateLimitItemPerHour
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from peers import room
from peers.models import PeerDevice
from peers.protocol.errors import ProtocolError

KIB = 1024
# Bytes of small bundles are summed up to so many before they are counted: the limiter starts a thread each time.
TOGETHER = 64 * KIB

_limiter = FixedWindowRateLimiter(storage_from_string(getattr(settings, "REDIS_URL", "") or "memory://"))
_lock = threading.Lock()
_in_flight: set[int] = set()
_uncounted: dict[int, int] = {}


class NotNow(ProtocolError):
    """This device has a bundle under way here, or has sent more than an hour's bytes."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("later")
        self.retry_after = retry_after


@contextmanager
def admitted(peer: PeerDevice, size: int) -> Iterator[None]:
    """Let a verified bundle of `size` bytes in. Raises `NotNow`, `NoRoom`."""
    with _lock:
        if peer.pk in _in_flight:
            raise NotNow(retry_after=1)
        _in_flight.add(peer.pk)
    try:
        _check_bytes(peer, size)
        room.check_words(peer)
        yield
    finally:
        with _lock:
            _in_flight.discard(peer.pk)


def _check_bytes(peer: PeerDevice, size: int) -> None:
    """Count the bytes of the one bundle that a device has under way. Raises `NotNow`."""
    hourly = RateLimitItemPerHour(settings.PEERNET_PEER_MIB_PER_HOUR * KIB)
    size += _uncounted.get(peer.pk, 0)
    use = _limiter.test if size < TOGETHER else _limiter.hit
    if not use(hourly, "bytes", str(peer.pk), cost=-(-size // KIB)):
        reset = _limiter.get_window_stats(hourly, "bytes", str(peer.pk)).reset_time
        raise NotNow(max(1, int(reset - time.time()) + 1))
    # A refusal leaves the sum as it was.
    _uncounted[peer.pk] = size if size < TOGETHER else 0


def forget() -> None:
    """Begin to count anew."""
    _limiter.storage.reset()
    _uncounted.clear()
    room.forget()
