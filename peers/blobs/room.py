"""How much this computer takes: per file, per person, and never the last of its disk."""

import shutil

from django.conf import settings
from django.db.models import Sum

from peers.blobs import store
from peers.models import Blob, PeerDevice, Transfer
from peers.protocol.chunk import MAX_FILE
from peers.protocol.transfer import Wish


def limit() -> int:
    """Return the size of the largest file that this node takes."""
    return min(settings.PEERNET_FILE_LIMIT, MAX_FILE)


def room() -> int:
    """Return how many bytes files may still take from the disk."""
    disk = shutil.disk_usage(store.folder())
    return max(0, disk.free - disk.total * settings.PEERNET_DISK_FLOOR // 100)


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
