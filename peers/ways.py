"""Notes how devices and ours reach each other. Pages and `doctor` read the rows, through `peers.reachability`."""

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError, transaction
from django.utils import timezone

from peers import events, wakes
from peers.models import Way

log = logging.getLogger(__name__)

# What is as before is written again no sooner: a commit a message would cost more than the message.
NOTED_EVERY = 60.0


_noted: dict[tuple[int, str], float] = {}


def dialled(peer: int) -> None:
    """Note that we dialled a device and it answered; if it did not before, whatever else waits for it may go on."""
    is_news = not works(peer)
    _noted.pop((peer, "undialled"), None)
    _note(peer, "dialled", lambda way: _set(way, dialled_at=timezone.now(), undialled_since=None))
    if is_news:
        wakes.peer_answered.send(sender=None, peer=peer)


def undialled(peer: int) -> None:
    """Note that we dialled a device and nobody, or somebody else, answered."""
    _noted.pop((peer, "dialled"), None)
    _note(peer, "undialled", lambda way: _set(way, undialled_since=way.undialled_since or timezone.now()))


def doubt(peer: int) -> None:
    """Forget that we can dial a device: it may be on another network now."""
    _noted.pop((peer, "dialled"), None)


def works(peer: int) -> bool:
    """Tell whether the last time that this process dialled a device, it answered."""
    return (peer, "dialled") in _noted


def reached(peer: int) -> None:
    """Note that a device dialled us."""
    _note(peer, "reached", lambda way: _set(way, reached_at=timezone.now()))


def pulled(peer: int) -> None:
    """Note that a device keeps a pull open here."""
    _note(peer, "pulled", lambda way: _set(way, pulled_at=timezone.now()))


def forget() -> None:
    """Write everything that is seen from now on, also what is as before."""
    _noted.clear()


def _set(way: Way, **seen: object) -> None:
    for name, value in seen.items():
        setattr(way, name, value)


def _note(peer: int, what: str, change: Callable[[Way], None]) -> None:
    noted = _noted.get((peer, what))
    if noted is not None and time.monotonic() - noted < NOTED_EVERY:
        return
    try:
        _write(peer, change)
    except DatabaseError:
        # A full disk, a locked database: the message that was carried is more than this note of it.
        log.exception("a way could not be noted")
    else:
        _noted[peer, what] = time.monotonic()


@transaction.atomic
def _write(peer: int, change: Callable[[Way], None]) -> None:
    way, _ = Way.objects.select_for_update().get_or_create(peer_id=peer)
    before = _shown(way)
    change(way)
    way.save()
    # A way that is still closed has become something else by now: a page says so after a while.
    if _shown(way) != before or way.undialled_since:
        events.publish("links")


def _shown(way: Way) -> tuple[bool, ...]:
    return way.dialled_at is None, way.undialled_since is None, way.pulled_at is None
