"""How many words the classic network may leave here: all of its people together as many as one person."""

from django.conf import settings
from django.core.cache import cache
from django.db.models import Sum

from peers.classic.codes import ClassicError, Code
from peers.models import ClassicLetter
from peers.room import MIB, is_disk_full

# Summed up at most so often: a message must not cost a sum.
KEPT, KEPT_SECONDS = "classic:kept-bytes", 60


def check_disk() -> None:
    """Raise `ClassicError` 4 when the disk is nearly full."""
    if is_disk_full():
        raise ClassicError(Code.DATABASE_ERROR, "the disk is full")


def check_words() -> None:
    """Raise `ClassicError` unless more words may be kept: 4 on a full disk, 11 when the share is used up."""
    check_disk()
    if cache.get_or_set(KEPT, _kept, KEPT_SECONDS) >= settings.PEERNET_MESSAGES_QUOTA_MIB * MIB:
        raise ClassicError(Code.REFUSED, "the quota of the classic network")


def _kept() -> int:
    return ClassicLetter.objects.filter(mine=False).aggregate(sum=Sum("size"))["sum"] or 0
