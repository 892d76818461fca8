"""How much this computer keeps of others: of a file, of a person, and never the last of its disk."""

import shutil
import time
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from peers.blobs import store
from peers.models import Blob, InStream, PeerDevice, Transfer
from peers.protocol.chunk import MAX_FILE
from peers.protocol.errors import ProtocolError
from peers.protocol.transfer import Wish

MIB = 1024 * 1024
# What a person's devices have stored here is summed up at most so often: a bundle must not cost a sum.
SUMMED_FOR = 60.0

_sums: dict[UUID, tuple[float, int]] = {}


class NoRoom(ProtocolError):
    """This computer keeps no more: its disk is full, or this person's share of it is used up."""


def check_words(peer: PeerDevice) -> None:
    """Raise `NoRoom` unless a bundle of this device may be kept."""
    if is_disk_full():
        raise NoRoom("the disk is full")
    if kept_bytes(peer.person_id) >= settings.PEERNET_MESSAGES_QUOTA_MIB * MIB:
        raise NoRoom("the quota is used up")


def is_disk_full() -> bool:
    """Tell whether the disk has no more than what must stay free for words."""
    return shutil.disk_usage(settings.PEERNET_HOME).free < settings.PEERNET_FREE_MIB * MIB


def kept_bytes(person: UUID) -> int:
    """Return how many bytes of a person's envelopes were stored here, as of a minute ago."""
    now = time.monotonic()
    at, found = _sums.get(person, (-SUMMED_FOR, 0))
    if now - at >= SUMMED_FOR:
        found = InStream.objects.filter(peer__person=person).aggregate(sum=Sum("kept_bytes"))["sum"] or 0
        _sums[person] = now, found
    return found


def limit() -> int:
    """Return the size of the largest file that this node takes."""
    return min(settings.PEERNET_FILE_LIMIT, MAX_FILE)


def room() -> int:
    """Return how many bytes files may still take from the disk: they leave what words need, and a share beyond it."""
    disk = shutil.disk_usage(store.folder())
    return max(0, disk.free - max(disk.total * settings.PEERNET_DISK_FLOOR // 100, settings.PEERNET_FREE_MIB * MIB))


def room_for(peer: PeerDevice) -> int:
    """Return how many bytes this person's files may still take here."""
    return max(0, min(room(), settings.PEERNET_PEER_QUOTA - held_from(peer)))


def held_from(peer: PeerDevice) -> int:
    """Return how many bytes of this person's files we hold, or have agreed to."""
    agreed = Transfer.objects.filter(incoming=True, peer__person=peer.person_id)
    agreed = agreed.exclude(state__in=(Transfer.State.REFUSED, Transfer.State.STOPPED))
    return Blob.objects.filter(transfers__in=agreed).aggregate(total=Sum("size"))["total"] or 0


def judge(peer: PeerDevice, size: int) -> Wish:
    """Return what we say to a file that this device offers."""
    if size > limit():
        return Wish.TOO_LARGE
    if held_from(peer) + size > settings.PEERNET_PEER_QUOTA:
        return Wish.QUOTA
    return Wish.WANTED


def forget() -> None:
    """Sum up anew."""
    _sums.clear()
