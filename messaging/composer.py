"""Group commit: messages that are composed while one transaction is written share the next."""

import logging
import queue
import threading
from concurrent.futures import Future

from django.db import OperationalError

from messaging.errors import MessagingError
from messaging.sending import Composed, Sent, send_messages
from peers import database

log = logging.getLogger(__name__)
# As many as one bundle carries.
MOST = 64

Job = tuple[Composed, "Future[Sent]"]


class Composer:
    """A queue and one thread. SQLite has one writer, so more threads would only wait for each other."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, composed: Composed) -> "Future[Sent]":
        """Send a message soon. The future is resolved after the commit, or with `MessagingError`."""
        future: Future[Sent] = Future()
        self._jobs.put((composed, future))
        self._start()
        return future

    def _start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                # A daemon: what is not committed at the end was not answered, and the page sends it again.
                self._thread = threading.Thread(target=self._work, name="composer", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            jobs = [self._jobs.get()]
            while len(jobs) < MOST and not self._jobs.empty():
                jobs.append(self._jobs.get())
            settle([job for job in jobs if job[1].set_running_or_notify_cancel()])


def settle(jobs: list[Job]) -> None:
    """Send jobs in one transaction; if that breaks, each in its own, so that one does not fail its neighbours."""
    if not jobs:
        return
    try:
        answers = database.kept(send_messages, [composed for composed, _ in jobs])
    except Exception as err:
        # A full disk or a held lock is nobody's fault in particular, and each attempt at a lock takes long.
        if len(jobs) > 1 and not isinstance(err, OperationalError):
            for job in jobs:
                settle([job])
            return
        log.exception("%s messages could not be stored", len(jobs))
        for _, future in jobs:
            future.set_exception(err)
        return
    for (_, future), answer in zip(jobs, answers, strict=True):
        if isinstance(answer, MessagingError):
            future.set_exception(answer)
        else:
            future.set_result(answer)


composer = Composer()
