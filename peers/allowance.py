"""How much of this node one peer may use: a bundle at a time, so many bytes an hour, so much kept for good.

Messages a second are no limit: whoever has much to say may say it.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings
from django.db.models import Sum
from limits import RateLimitItemPerHour
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from peers.models import InStream, PeerDevice
from peers.protocol.errors import ProtocolError

MIB = 1024 * 1024
KIB = 1024
# What a person's devices have stored here is summed up at most so often: a bundle must not cost a sum.
SUMMED_FOR = 60.0

_limiter = FixedWindowRateLimiter(storage_from_string(getattr(settings, "REDIS_URL", "") or "memory://"))
_lock = threading.Lock()
_in_flight: set[int] = set()
_sums: dict[UUID, tuple[float, int]] = {}


class NotNow(ProtocolError):
    """This device has a bundle under way here, or has sent more than an hour's bytes."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("later")
        self.retry_after = retry_after


class NoRoom(ProtocolError):
    """This computer keeps no more: its disk is full, or this person's share of it is used up."""


@contextmanager
def admitted(peer: PeerDevice, size: int) -> Iterator[None]:
    """Let a verified bundle of `size` bytes in. Raises `NotNow`, `NoRoom`."""
    with _lock:
        if peer.pk in _in_flight:
            raise NotNow(retry_after=1)
        _in_flight.add(peer.pk)
    try:
        _check_bytes(peer, size)
        _check_room(peer)
        yield
    finally:
        with _lock:
            _in_flight.discard(peer.pk)


def _check_bytes(peer: PeerDevice, size: int) -> None:
    hourly = RateLimitItemPerHour(settings.PEERNET_PEER_MIB_PER_HOUR * KIB)
    if not _limiter.hit(hourly, "bytes", str(peer.pk), cost=-(-size // KIB)):
        reset = _limiter.get_window_stats(hourly, "bytes", str(peer.pk)).reset_time
        raise NotNow(max(1, int(reset - time.time()) + 1))


def _check_room(peer: PeerDevice) -> None:
    if shutil.disk_usage(settings.PEERNET_HOME).free < settings.PEERNET_FREE_MIB * MIB:
        raise NoRoom("the disk is full")
    if kept_bytes(peer.person_id) >= settings.PEERNET_MESSAGES_QUOTA_MIB * MIB:
        raise NoRoom("the quota is used up")


def kept_bytes(person: UUID) -> int:
    """Return how many bytes of a person's envelopes were stored here, as of a minute ago."""
    now = time.monotonic()
    at, found = _sums.get(person, (-SUMMED_FOR, 0))
    if now - at >= SUMMED_FOR:
        found = InStream.objects.filter(peer__person=person).aggregate(sum=Sum("kept_bytes"))["sum"] or 0
        _sums[person] = now, found
    return found


def forget() -> None:
    """Begin to count anew."""
    _limiter.storage.reset()
    _sums.clear()
