"""What the recipient's node takes: asked when a tray is opened, so that a file is refused before it is uploaded."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from messaging.bodies import body_of
from messaging.files.errors import TooLargeForThem, TooMuchForThem
from messaging.files.models import PeerLimits
from messaging.payloads import FILE_ASK, FILE_LIMITS, FileAsk, FileLimits
from messaging.recipients import Recipient
from peers import hooks, outbox, room
from peers.models import PeerDevice
from peers.own import own_device
from peers.protocol.codec import encode
from peers.protocol.payload import Payload

# What was said is believed for so long, if it lets a file through; a refusal is asked for anew.
GOOD_FOR = timedelta(minutes=5)
ASKED_EVERY = 5.0
# Whoever is there answers within a round trip. A file for somebody else is not held up any longer.
PATIENCE, LOOK_EVERY = 1.0, 0.05
QUESTIONS = RateLimitItemPerMinute(20)

# In memory, as one process holds a node's home.
_limiter = FixedWindowRateLimiter(MemoryStorage())
_asked: dict[int, float] = {}


def ask(devices: Sequence[PeerDevice], anew: bool = False) -> bool:
    """Ask those of a person's devices that are there and have said nothing lately; tell whether any was asked."""
    now, known = time.monotonic(), set[int]() if anew else {row.device_id for row in _fresh(devices)}
    due = [
        device
        for device in devices
        if device.person.online and device.pk not in known and now - _asked.get(device.pk, -ASKED_EVERY) >= ASKED_EVERY
    ]
    for device in due:
        _asked[device.pk] = now
        outbox.enqueue(own_device(), device, FILE_ASK, outbox.NO_CONVERSATION, encode(FileAsk()))
    return bool(due)


def check(to: Recipient, size: int, wait: Callable[[float], None] = time.sleep) -> None:
    """Raise `FileError` if none of a person's devices would take a file of this size, as far as they say."""
    if _may_take(_fresh(to.devices), to.devices, size, unknown=False):
        return
    began = timezone.now()
    end = time.monotonic() + (PATIENCE if ask(to.devices, anew=True) else 0.0)
    while len(_fresh(to.devices, began)) < len(to.devices) and time.monotonic() < end:
        wait(LOOK_EVERY)
    if _may_take(said := _fresh(to.devices), to.devices, size, unknown=True):
        return
    name = to.person.name if to.person else ""
    if size > (largest := max(row.largest for row in said)):
        raise TooLargeForThem(name, size, largest)
    raise TooMuchForThem(name, size, max(row.room for row in said))


def _may_take(said: Sequence[PeerLimits], devices: Sequence[PeerDevice], size: int, *, unknown: bool) -> bool:
    """Tell whether one of the devices takes a file of this size; `unknown` is the answer if not all have said."""
    if any(size <= min(row.largest, row.room) for row in said):
        return True
    return unknown and (not devices or len(said) < len(devices))


def _fresh(devices: Sequence[PeerDevice], since: datetime | None = None) -> list[PeerLimits]:
    since = since or timezone.now() - GOOD_FOR
    return list(PeerLimits.objects.filter(device__in=devices, heard_at__gte=since))


@hooks.handles(FILE_ASK)
def answer(peer: PeerDevice, payload: Payload) -> None:
    """Say what this node takes of a person's files now."""
    if not _limiter.hit(QUESTIONS, str(peer.pk)):
        raise hooks.Refused("too often")
    body_of(FileAsk, payload)
    # The ratchet that opened this is stored after us; what is sealed now would be lost with it.
    transaction.on_commit(partial(_tell, peer), robust=True)


def _tell(peer: PeerDevice) -> None:
    said = FileLimits(room.limit(), room.room_for(peer))
    outbox.enqueue(own_device(), peer, FILE_LIMITS, outbox.NO_CONVERSATION, encode(said))


@hooks.handles(FILE_LIMITS)
def note(peer: PeerDevice, payload: Payload) -> None:
    """Note what a peer's node takes."""
    said = body_of(FileLimits, payload)
    fields = {"largest": said.largest, "room": said.room, "heard_at": timezone.now()}
    PeerLimits.objects.update_or_create(device=peer, defaults=fields)
