"""Threads that carry files: a few chunks of each in turn, over connections of their own, so that words never wait."""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from peers.blobs import hooks, store, transfers
from peers.blobs.have import missing, neighbours
from peers.database import kept
from peers.models import Transfer
from peers.prepared import Select
from peers.protocol.chunk import RUN
from peers.protocol.codec import decode
from peers.protocol.errors import ProtocolError
from peers.protocol.transfer import FINAL, Standing, Wish
from peers.routes import CONTENT_TYPE, Routes
from peers.transport.errors import Rejected, TransportError

log = logging.getLogger(__name__)

THREADS = 3
# One file keeps two connections busy: one is read from the disk while the other's answer is awaited.
EACH = 2
# A request that took less carries twice as many chunks the next time, and one that took longer half as many: a slow
# line must bring each within the time that a door gives.
SOON, LATE = 0.5, 5.0
# How often the rows and the pages are told how far a file is.
NOTE_EVERY = 0.25
CHUNK_TYPE = "application/octet-stream"
CHUNK_SECONDS = 60.0
# The list of a very large file's chunks is longer than any receipt.
MAX_STANDING = 256 * 1024
FIRST_PAUSE, LONGEST_PAUSE, PATIENT_PAUSE, PATIENT_AFTER = 0.25, 30.0, 300.0, 3600.0
NO_ROOM_PAUSE, VERIFYING_PAUSE = 15.0, 0.2
LOST = "lost"

_moving = Select(
    lambda pk: Transfer.objects.filter(pk=pk, state=Transfer.State.MOVING).select_related("blob", "peer"), Transfer.id
)


@dataclass(slots=True)
class Run:
    """One transfer under way. Only hints: rows and the receiver's answers are the truth."""

    pk: UUID
    peer: int
    # What the receiver lacks; None until it was asked.
    missing: deque[int] | None = None
    flying: int = 0
    # Chunks that are under way, and how many a request carries.
    airborne: int = 0
    many: int = 1
    noted_at: float = 0.0
    due: float = 0.0
    failures: int = 0
    failing_since: float = 0.0

    def is_ready(self, now: float) -> bool:
        """Tell whether a thread can do something for it."""
        if self.due > now:
            return False
        return self.flying < EACH if self.missing else not self.flying

    def failed(self, at_least: float = 0.0) -> None:
        """Ask again after a pause, with jitter so that a returning peer is not met by all at once."""
        now = time.monotonic()
        self.failing_since = self.failing_since or now
        self.failures += 1
        longest = LONGEST_PAUSE if now - self.failing_since < PATIENT_AFTER else PATIENT_PAUSE
        pause = min(longest, FIRST_PAUSE * 2 ** min(self.failures, 12)) * random.uniform(0.5, 1.0)  # noqa: S311
        self.missing, self.due, self.many = None, now + max(pause, at_least), 1

    def well(self) -> None:
        self.failures, self.failing_since = 0, 0.0

    def neighbours(self) -> list[int]:
        """Take the next chunks that one request carries."""
        missing = self.missing or deque()
        return [missing.popleft() for _ in range(neighbours(missing, self.many))]

    def took(self, seconds: float) -> None:
        """Learn from a request how many chunks the next one carries."""
        if seconds < SOON:
            self.many = min(RUN, self.many * 2)
        elif seconds > LATE:
            self.many = max(1, self.many // 2)


@dataclass(slots=True)
class Job:
    """What one thread does next: ask, or carry some chunks."""

    run: Run
    chunks: list[int] = field(default_factory=list)


class FileCouriers:
    """Which files are under way, and the threads that carry them."""

    def __init__(self, threads: int = THREADS, only: frozenset[UUID] | None = None) -> None:
        # A command carries its own files, and leaves the others to the node.
        self._only = only
        self._change = threading.Condition()
        self._count = threads
        self._runs: dict[UUID, Run] = {}
        self._threads: list[threading.Thread] = []
        self._must_look, self._ending = True, False
        self._routes: list[Routes] = []

    def start(self) -> None:
        """Go on with what an earlier process left."""
        self._must_look, self._ending = True, False
        self._routes = [Routes() for _ in range(self._count)]
        self._threads = [
            threading.Thread(target=self._serve, args=(routes,), name=f"files-{number}", daemon=True)
            for number, routes in enumerate(self._routes)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Let the chunks under way end, and stop."""
        with self._change:
            self._ending = True
            self._change.notify_all()
        for routes in self._routes:
            routes.close()
        for thread in self._threads:
            thread.join(seconds)
        self._threads = []

    def look(self) -> None:
        """Look at the rows: a file may go, or goes no longer."""
        with self._change:
            self._must_look = True
            self._change.notify_all()

    def heard(self, peer: int) -> None:
        """Try again now: this device has just been heard."""
        with self._change:
            for run in self._runs.values():
                if run.peer == peer and run.failures:
                    run.due = 0.0
                    self._change.notify()

    def _serve(self, routes: Routes) -> None:
        while not self._ending:
            try:
                if self._takes_a_look():
                    kept(self._load)
                if job := self._next():
                    kept(self._do, job, routes)
            except Exception:
                # A full disk, a locked database: the rows still wait, and so does this thread.
                log.exception("a file courier failed")
                self._pause(15.0)
        connection.close()

    def _pause(self, seconds: float) -> None:
        with self._change:
            self._change.wait_for(lambda: self._ending, seconds)

    def _takes_a_look(self) -> bool:
        with self._change:
            must, self._must_look = self._must_look, False
            return must

    def _load(self) -> None:
        rows = Transfer.objects.filter(
            incoming=False, state=Transfer.State.MOVING, peer__pinned=True, peer__withdrawn_at=None
        )
        if self._only is not None:
            rows = rows.filter(pk__in=self._only)
        found = dict(rows.order_by("created_at").values_list("pk", "peer"))
        with self._change:
            self._runs = {pk: run for pk, run in self._runs.items() if pk in found}
            for pk, peer in found.items():
                self._runs.setdefault(pk, Run(pk, peer))
            self._change.notify_all()

    def _next(self) -> Job | None:
        """Return what to do next, or None when the rows should be looked at, or it is over."""
        with self._change:
            while not (self._ending or self._must_look):
                now = time.monotonic()
                run = next((each for each in self._runs.values() if each.is_ready(now)), None)
                if run is not None:
                    return self._job(run)
                due = min((each.due for each in self._runs.values() if each.due > now), default=None)
                self._change.wait(None if due is None else due - now)
        return None

    def _job(self, run: Run) -> Job:
        # To the end of the row, so that every file has its turn.
        self._runs[run.pk] = self._runs.pop(run.pk)
        run.flying += 1
        if not run.missing:
            run.missing = None
            return Job(run)
        job = Job(run, run.neighbours())
        run.airborne += len(job.chunks)
        return job

    def _do(self, job: Job, routes: Routes) -> None:
        run = job.run
        after: Callable[[], None] = run.well
        try:
            after = self._carry(job, routes)
        except Rejected as err:
            pause = float(err.retry_after or 0)
            after = lambda: run.failed(pause)  # noqa: E731
        except (TransportError, ProtocolError):
            after = run.failed
        except BaseException:
            after = run.failed
            raise
        finally:
            with self._change:
                run.flying -= 1
                run.airborne -= len(job.chunks)
                after()
                self._change.notify_all()

    def _carry(self, job: Job, routes: Routes) -> Callable[[], None]:
        """Do a job, and return what is then to be done with the run under the lock."""
        row = _moving.first(job.run.pk)
        if row is None:
            return lambda: self._forget(job.run)
        if row.blob is None:
            transfers.refused(row, LOST)
            return lambda: self._forget(job.run)
        standing = self._ask(row, routes) if not job.chunks else self._send(row, job, routes)
        return self._hear(job, row, standing)

    def _ask(self, row: Transfer, routes: Routes) -> Standing:
        return self._post(row, routes, "", b"", CONTENT_TYPE)

    def _send(self, row: Transfer, job: Job, routes: Routes) -> Standing:
        try:
            sealed = store.read(row.blob, job.chunks[0], len(job.chunks))
        except store.Missing:
            transfers.refused(row, LOST)
            return Standing(Wish.GONE, b"")
        began = time.monotonic()
        standing = self._post(row, routes, f"/{job.chunks[0]}", sealed, CHUNK_TYPE)
        job.run.took(time.monotonic() - began)
        return standing

    @staticmethod
    def _post(row: Transfer, routes: Routes, rest: str, body: bytes, content_type: str) -> Standing:
        path = f"/peernet/1/transfers/{bytes(row.transfer_id).hex()}{rest}"
        answer = routes.post(row.peer, body, path, content_type, total=CHUNK_SECONDS, limit=MAX_STANDING)
        return decode(Standing, answer, limit=MAX_STANDING)

    def _hear(self, job: Job, row: Transfer, standing: Standing) -> Callable[[], None]:
        run = job.run
        if standing.wish in FINAL:
            transfers.refused(row, standing.wish.value)
            return lambda: self._forget(run)
        if standing.wish is Wish.COMPLETE:
            Transfer.objects.filter(pk=row.pk, state=Transfer.State.MOVING).update(state=Transfer.State.ARRIVED)
            self._moved(row, store.chunks_of(row.blob))
            return lambda: self._forget(run)
        if standing.wish is Wish.NO_ROOM:
            self._note(row, reason=Wish.NO_ROOM.value)
            return lambda: run.failed(NO_ROOM_PAUSE)
        if job.chunks:
            if time.monotonic() - run.noted_at > NOTE_EVERY:
                run.noted_at = time.monotonic()
                others = len(run.missing or ()) + run.airborne - len(job.chunks)
                self._moved(row, max(store.chunks_of(row.blob) - others, row.sent))
            return run.well
        return self._asked(run, row, missing(standing.have, range(store.chunks_of(row.blob))))

    def _asked(self, run: Run, row: Transfer, lacking: list[int]) -> Callable[[], None]:
        self._moved(row, store.chunks_of(row.blob) - len(lacking))

        def go_on() -> None:
            run.well()
            run.missing = deque(lacking)
            # All is there; the receiver verifies it now.
            run.due = time.monotonic() + VERIFYING_PAUSE if not lacking else 0.0

        return go_on

    def _moved(self, row: Transfer, held: int) -> None:
        if held != row.sent or row.reason:
            self._note(row, sent=held, reason="")

    @staticmethod
    def _note(row: Transfer, **fields: object) -> None:
        changed = {name for name, value in fields.items() if getattr(row, name) != value}
        if changed:
            Transfer.objects.filter(pk=row.pk).update(**fields)
            for name, value in fields.items():
                setattr(row, name, value)
            hooks.transfer_moved.send(sender=Transfer, transfer=row, held=row.sent)

    def _forget(self, run: Run) -> None:
        self._runs.pop(run.pk, None)
