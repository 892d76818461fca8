"""When each session of the member was used last, and from where.

Kept beside the sessions: whoever stores a session puts back all that they read of it.
"""

import hashlib
import logging

from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone

from peers.models import SessionUse

log = logging.getLogger(__name__)

# A page must not cost a commit.
NOTED_EVERY = 5 * 60


def mark_of(session_key: str) -> str:
    """Return what names a session; the key itself would open it."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16]


def note(session_key: str, address: str) -> None:
    """Note that a session is used: at once from a new address, and every five minutes from the same one."""
    if not cache.add(f"used-{mark_of(session_key)}-{address}", True, NOTED_EVERY):
        return
    try:
        SessionUse(session_id=session_key, at=timezone.now(), address=address).save()
    except DatabaseError:
        # A full disk, a session that ended meanwhile: the page that was asked for is more than this note of it.
        log.exception("the use of a session could not be noted")
