"""Fetches files from devices that cannot dial us: while we keep a pull open at one, its files come the same way."""

import logging
import threading
import time
from collections import OrderedDict

from django.db import connection
from django.db.models import F

from peers import room
from peers.blobs import door, store
from peers.blobs.have import missing, neighbours
from peers.database import kept
from peers.models import Transfer
from peers.protocol import chunk
from peers.protocol.codec import encode
from peers.protocol.errors import ProtocolError
from peers.protocol.transfer import Fetch, Wish
from peers.routes import CONTENT_TYPE, Routes
from peers.transport.errors import Rejected, TransportError

log = logging.getLogger(__name__)

THREADS = 2
TOTAL_SECONDS = 60.0
# See the file couriers: a slow line must bring each answer in time.
SOON, LATE = 0.5, 5.0
AWAY, NO_ROOM = 5.0, 15.0


class Fetcher:
    """Which devices may have files for us, and the threads that fetch. Only hints live here: the truth is in rows."""

    def __init__(self, threads: int = THREADS) -> None:
        self._change = threading.Condition()
        self._count, self._threads = threads, list[threading.Thread]()
        # Devices in the order of their turns, and files that rest until a time.
        self._turns: OrderedDict[int, None] = OrderedDict()
        self._serving: set[int] = set()
        self._rests: dict[int, float] = {}
        self._many = 1
        self._routes: list[Routes] = []
        self._ending = True

    def start(self) -> None:
        """Begin to wait for pulls that are open."""
        self._ending = False
        self._routes = [Routes() for _ in range(self._count)]
        self._threads = [
            threading.Thread(target=self._serve, args=(routes,), name=f"fetcher-{number}", daemon=True)
            for number, routes in enumerate(self._routes)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """End; what was under way is asked for again."""
        with self._change:
            self._ending = True
            self._change.notify_all()
        for routes in self._routes:
            routes.close()
        for thread in self._threads:
            thread.join(seconds)

    def consider(self, peer: int) -> None:
        """From any thread: a pull of ours was answered at this device."""
        with self._change:
            if not self._ending and peer not in self._turns:
                self._turns[peer] = None
                self._change.notify()

    def _serve(self, routes: Routes) -> None:
        while (peer := self._next()) is not None:
            goes_on = False
            try:
                goes_on = kept(self.step, peer, routes)
            except Exception:
                # A full disk, a locked database: what waits there still waits.
                log.exception("a file could not be fetched")
            with self._change:
                self._serving.discard(peer)
                if goes_on:
                    self._turns[peer] = None
                self._change.notify_all()
        connection.close()

    def _next(self) -> int | None:
        with self._change:
            while not self._ending:
                peer = next((peer for peer in self._turns if peer not in self._serving), None)
                if peer is not None:
                    del self._turns[peer]
                    self._serving.add(peer)
                    return peer
                self._change.wait()
        return None

    def step(self, peer: int, routes: Routes) -> bool:
        """Fetch the next chunks of one file of a device; tell whether there is more to do at once."""
        row = self._whose_turn(peer)
        if row is None:
            return False
        try:
            return self._fetch(row, routes)
        except Rejected as err:
            self._rest(row, float(err.retry_after or AWAY))
        except (TransportError, ProtocolError) as err:
            log.info("a file was not fetched: %s", type(err).__name__)
            return False
        except (OSError, store.Busy):
            # Most often a disk that filled up in this moment. Nothing counts that is not on it.
            self._rest(row, NO_ROOM)
        return True

    def _whose_turn(self, peer: int) -> Transfer | None:
        rows = Transfer.objects.filter(incoming=True, state=Transfer.State.MOVING, peer=peer, blob__isnull=False)
        rows = rows.filter(peer__pinned=True, peer__withdrawn_at=None).select_related("blob", "peer")
        now = time.monotonic()
        # The one that has least, so that none waits for a larger one.
        for row in rows.order_by(F("blob__held"), "created_at"):
            if self._rests.get(row.blob_id, 0.0) <= now and not store.is_whole(row.blob):
                return row
        return None

    def _rest(self, row: Transfer, seconds: float) -> None:
        now = time.monotonic()
        self._rests = {blob: until for blob, until in self._rests.items() if until > now}
        self._rests[row.blob_id] = now + seconds

    def _fetch(self, row: Transfer, routes: Routes) -> bool:
        blob, count = row.blob, store.chunks_of(row.blob)
        lacking = missing(bytes(blob.have), range(count))
        if blob.size - blob.held * chunk.CHUNK > room.room():
            self._ask(row, routes, Fetch(Wish.NO_ROOM, bytes(blob.have), 0, 0))
            self._rest(row, NO_ROOM)
            return True
        many = neighbours(lacking, self._many)
        began = time.monotonic()
        body = self._ask(row, routes, Fetch(Wish.WANTED, bytes(blob.have), lacking[0], many))
        self._took(time.monotonic() - began)
        door.take_in(row, dict(enumerate(chunk.split(blob.size, lacking[0], body), lacking[0])))
        return True

    def _took(self, seconds: float) -> None:
        if seconds < SOON:
            self._many = min(chunk.RUN, self._many * 2)
        elif seconds > LATE:
            self._many = max(1, self._many // 2)

    @staticmethod
    def _ask(row: Transfer, routes: Routes, fetch: Fetch) -> bytes:
        path = f"/peernet/1/fetches/{bytes(row.transfer_id).hex()}"
        return routes.post(row.peer, encode(fetch), path, CONTENT_TYPE, total=TOTAL_SECONDS, limit=door.LARGEST)
