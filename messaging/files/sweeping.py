"""What nobody will ask for again: uploads that were never sent, and ciphertext that belongs to no file."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.utils import timezone

from messaging.files.models import Attachment
from peers import hooks
from peers.blobs import store
from peers.models import Blob

log = logging.getLogger(__name__)
# Between a blob and the row that names it lies a moment; nobody is in a hurry.
SETTLED = timedelta(hours=1)


@receiver(hooks.tidying)
def sweep(**_: Any) -> None:
    """Remove all of it from the disk, and say how much that was."""
    uploads, blobs, files = forgotten_uploads(), orphans(), store.sweep()
    if uploads or blobs or files:
        log.info("swept away: %d forgotten uploads, %d blobs of no file, %d files of no blob", uploads, blobs, files)


def forgotten_uploads() -> int:
    """Drop what nobody has touched in a tray for longer than the settings say, and return how many files that were."""
    old = timezone.now() - timedelta(days=settings.PEERNET_TRAY_DAYS)
    rows = Attachment.objects.filter(mine=True, message=None, created_at__lt=old).select_related("blob")
    # A large file over a slow line, or in several sittings, may be begun long ago and still be coming.
    for row in (found := [row for row in rows if _last_touched(row) < old]):
        # One by one: with each row goes its blob.
        row.delete()
    return len(found)


def _last_touched(row: Attachment) -> datetime:
    """Return when the last chunk came, or the upload began."""
    return (store.written_at(row.blob) if row.blob else None) or row.created_at


def orphans() -> int:
    """Remove blobs that no file has any more, as an accident may leave them, and return how many those were."""
    used = Attachment.objects.exclude(blob=None).values("blob")
    rows = Blob.objects.filter(created_at__lt=timezone.now() - SETTLED).exclude(pk__in=used)
    for row in (found := list(rows)):
        row.delete()
    return len(found)
