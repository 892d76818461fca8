"""The end of incoming files, in a thread of its own: hashing a large one takes longer than its last chunk may."""

import logging
import queue
import threading
from uuid import UUID

from django.db import connection

from peers.blobs import hooks, store
from peers.database import kept
from peers.models import Transfer

log = logging.getLogger(__name__)


class Finisher:
    """Hands whole blobs to the rooms above, which verify them."""

    def __init__(self) -> None:
        self._whole: queue.SimpleQueue[UUID | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Take up what an earlier process left whole and not verified."""
        for row in Transfer.objects.filter(incoming=True, state=Transfer.State.MOVING).select_related("blob"):
            if row.blob and store.is_whole(row.blob):
                self.add(row.pk)
        self._thread = threading.Thread(target=self._work, name="files-finisher", daemon=True)
        self._thread.start()

    def add(self, pk: UUID) -> None:
        """Finish a transfer soon."""
        self._whole.put(pk)

    def stop(self, seconds: float = 5.0) -> None:
        """Finish no more."""
        self._whole.put(None)
        if self._thread:
            self._thread.join(seconds)

    def _work(self) -> None:
        while (pk := self._whole.get()) is not None:
            try:
                kept(finish, pk)
            except Exception:
                log.exception("a file could not be finished")
        connection.close()


def finish(pk: UUID) -> None:
    """Hand one whole blob to the rooms above, unless that is done."""
    row = Transfer.objects.select_related("blob", "peer").filter(pk=pk, state=Transfer.State.MOVING).first()
    if row is not None and row.blob is not None and store.is_whole(row.blob):
        hooks.blob_arrived.send(sender=Transfer, transfer=row)
