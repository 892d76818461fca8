"""Group commit: messages that are composed while one transaction is written share the next."""

import asyncio
import contextlib
import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Sequence

from django.db import OperationalError

from messaging.sending import Composed, Sent, send_messages
from peers import database, warm

log = logging.getLogger(__name__)
# As many as one bundle carries.
MOST = 64

Job = tuple[Composed, "asyncio.Future[Sent]"]
Outcome = Sent | Exception


class Composer:
    """A queue and one thread. SQLite has one writer, so more threads would only wait for each other."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, composed: Composed) -> "asyncio.Future[Sent]":
        """Send a message soon, from a loop. The future is resolved after the commit, or with `MessagingError`."""
        future: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        self._jobs.put((composed, future))
        if self._thread is None:
            self._start()
        return future

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                # A daemon: what is not committed at the end was not answered, and the page sends it again.
                self._thread = threading.Thread(target=self._work, name="composer", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            jobs = [self._jobs.get()]
            while len(jobs) < MOST and not self._jobs.empty():
                jobs.append(self._jobs.get())
            settle(jobs)


def settle(jobs: list[Job]) -> None:
    """Send jobs in one transaction; if that breaks, each in its own, so that one does not fail its neighbours."""
    outcomes: Sequence[Outcome]
    try:
        with warm.turn():
            outcomes = database.kept(send_messages, [composed for composed, _ in jobs])
    except Exception as err:
        # A full disk or a held lock is nobody's fault in particular, and each attempt at a lock takes long.
        if len(jobs) > 1 and not isinstance(err, OperationalError):
            for job in jobs:
                settle([job])
            return
        log.exception("%s messages could not be stored", len(jobs))
        outcomes = [err] * len(jobs)
    _answer(jobs, outcomes)


def _answer(jobs: list[Job], outcomes: Sequence[Outcome]) -> None:
    """Wake each loop once, however many of its jobs are done."""
    answers: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Sent], Outcome]]] = defaultdict(list)
    for (_, future), outcome in zip(jobs, outcomes, strict=True):
        answers[future.get_loop()].append((future, outcome))
    for loop, those in answers.items():
        # A loop that has ended since has no page left that waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, those)


def _resolve(answers: list[tuple["asyncio.Future[Sent]", Outcome]]) -> None:
    for future, outcome in answers:
        if future.cancelled():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


composer = Composer()
