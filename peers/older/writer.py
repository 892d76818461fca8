"""What arrives by the classic door is stored by one thread; what arrives meanwhile shares the next commit.

Every answer still waits for its own commit. Reading comes first, outside of the transaction, so that nobody waits for
another's decryption with the database locked; what takes long to check is read by threads of its own.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from django.db import OperationalError, transaction

from peers import database
from peers.classic.codes import ClassicError

log = logging.getLogger(__name__)
MOST = 64

Store = Callable[[], None]
# Reads a body, and returns what stores it. Raises `ClassicError`, or `Slow` unless it may take its time.
Read = Callable[[bytes, str, bool], Store]


_slow = ThreadPoolExecutor(2, thread_name_prefix="classic-slow")


class Slow(Exception):
    """Checking this takes longer than others should wait."""


@dataclass(slots=True)
class Job:
    """One body on its way in."""

    read: Read
    data: bytes
    source: str
    store: Store | None = None
    done: "Future[None]" = field(default_factory=Future)


class Writer:
    """A queue and one thread: SQLite has one writer, so more threads would only wait for each other."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, read: Read, data: bytes, source: str) -> "Future[None]":
        """Take in a body soon. The future is resolved after the commit, or with what was raised."""
        job = Job(read, data, source)
        self._put(job)
        return job.done

    def _put(self, job: Job) -> None:
        self._jobs.put(job)
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                # A daemon: what is not committed at the end was not answered, and its sender tries again.
                self._thread = threading.Thread(target=self._work, name="classic-writer", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            jobs = [self._jobs.get()]
            while len(jobs) < MOST and not self._jobs.empty():
                jobs.append(self._jobs.get())
            database.kept(settle, [job for job in jobs if self._is_read(job)])

    def _is_read(self, job: Job) -> bool:
        if job.store is not None:
            return True
        try:
            job.store = database.kept(job.read, job.data, job.source, False)
        except Slow:
            _slow.submit(self._read_slowly, job)
            return False
        except Exception as err:
            job.done.set_exception(err)
            return False
        return True

    def _read_slowly(self, job: Job) -> None:
        try:
            job.store = database.kept(job.read, job.data, job.source, True)
        except Exception as err:
            job.done.set_exception(err)
        else:
            self._put(job)


def settle(jobs: Sequence[Job]) -> None:
    """Store what was read, in one transaction; if that breaks, each in its own."""
    if not jobs:
        return
    try:
        with transaction.atomic():
            found = [_stored(job) for job in jobs]
    except Exception as err:
        # A full disk or a held lock is nobody's fault in particular, and each attempt at a lock takes long.
        if len(jobs) > 1 and not isinstance(err, OperationalError):
            for job in jobs:
                settle([job])
            return
        found = [err] * len(jobs)
    for job, error in zip(jobs, found, strict=True):
        if error is None:
            job.done.set_result(None)
        else:
            job.done.set_exception(error)


def _stored(job: Job) -> Exception | None:
    """Store one in a savepoint of its own, and return what it was refused for."""
    assert job.store is not None  # noqa: S101 - it was read
    try:
        with transaction.atomic():
            job.store()
    except ClassicError as err:
        return err
    return None


def now(read: Read, data: bytes, source: str) -> None:
    """Read and store a body on this thread."""
    read(data, source, True)()


async def run(read: Read, data: bytes, source: str) -> None:
    """Take in a body, and return once it is committed. Raises `ClassicError` or `DatabaseError`."""
    await asyncio.wrap_future(writer.submit(read, data, source))


async def run_slowly(read: Read, data: bytes, source: str) -> None:
    """The same for what takes long: few at once, on threads of their own."""
    await asyncio.get_running_loop().run_in_executor(_slow, lambda: database.kept(now, read, data, source))


writer = Writer()
