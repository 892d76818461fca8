"""A thread that does one thing again and again, sleeps in between, and can be woken."""

import logging
import threading
from collections.abc import Callable

from django.db import connection

from peers.database import kept

log = logging.getLogger(__name__)

AFTER_A_FAILURE = 15.0


class Loop:
    """Calls `step` until it is stopped; `step` returns how many seconds it wants to sleep, None until it is woken."""

    def __init__(self, name: str, step: Callable[[], float | None]) -> None:
        self._name, self._step = name, step
        self._change = threading.Condition()
        self._woken = False
        self._thread: threading.Thread | None = None
        self.ending = False

    def start(self) -> None:
        """Begin, with the first step at once."""
        self.ending = False
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Take the next step now, or right after the one under way."""
        with self._change:
            self._woken = True
            self._change.notify()

    def end(self) -> None:
        """Take no further step; `join` waits for the one under way."""
        with self._change:
            self.ending = True
            self._change.notify()

    def join(self, seconds: float) -> None:
        """Wait for the thread to end."""
        if self._thread:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self.ending:
            try:
                pause = kept(self._step)
            except Exception:
                # A full disk, a locked database: what was to be done is still to be done.
                log.exception("%s failed", self._name)
                pause = AFTER_A_FAILURE
            self._sleep(pause)
        connection.close()

    def _sleep(self, seconds: float | None) -> None:
        with self._change:
            if not (self._woken or self.ending):
                self._change.wait(seconds)
            self._woken = False
