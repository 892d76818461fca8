"""Whether the member is at a page: input that pages report, and the silence after it."""

import threading
import time

from django.conf import settings

from peers.loops import Loop
from profiles import status


class Attention:
    """One thread that sleeps until somebody falls idle, comes back, or their words have ended."""

    def __init__(self, idle_after: float | None = None) -> None:
        self._idle_after = settings.PEERNET_IDLE_AFTER if idle_after is None else idle_after
        self._lock = threading.Lock()
        self._seen_at = time.monotonic()
        self._idle: bool | None = None
        self._loop = Loop("attention", self.step)

    def start(self) -> None:
        self._loop.start()

    def stop(self) -> None:
        self._loop.end()
        self._loop.join(3.0)

    def saw_input(self) -> None:
        """Note that the member did something at a page. From any thread, and cheap."""
        with self._lock:
            self._seen_at = time.monotonic()
        if self._idle:
            self._loop.wake()

    def changed(self) -> None:
        """Look again: the member chose something with another end."""
        self._loop.wake()

    def step(self) -> float | None:
        """Tell others what changed, and return when to look again."""
        silent = time.monotonic() - self._seen_at
        idle = silent >= self._idle_after
        if idle != self._idle:
            self._idle = idle
            status.note_idle(idle)
        ends_in = status.seconds_left()
        if ends_in is not None and ends_in <= 0:
            status.end_words()
            ends_in = None
        waits = [] if idle else [self._idle_after - silent]
        return min([*waits, *([ends_in] if ends_in is not None else [])], default=None)


attention = Attention()
