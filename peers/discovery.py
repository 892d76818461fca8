"""Finds the others: two threads that follow the login server's directory and report to it."""

from collections.abc import Callable

from peers.follower import Follower
from peers.loops import Loop
from peers.reporter import Reporter

STOP_SECONDS = 3.0


def _nobody(peer: int) -> None:
    """Nobody listens yet."""


def _nothing() -> None:
    """Nobody listens yet."""


class Discovery:
    """Start it once in a process that holds the home.

    `on_reachable` is called with the pk of a device that came online or can be reached anew, `on_wake` after the
    machine slept or got another address; both after commit.
    """

    def __init__(self) -> None:
        self.on_reachable: Callable[[int], None] = _nobody
        self.on_wake: Callable[[], None] = _nothing
        self._follower = Follower(lambda peer: self.on_reachable(peer))
        self._reporter = Reporter(self._woke, lambda: self.on_wake())
        self._follow = Loop("directory-follower", self._follower.step)
        self._report = Loop("directory-reporter", self._reporter.step)

    def start(self) -> None:
        """Begin to follow and to report."""
        self._report.start()
        self._follow.start()

    def stop(self) -> None:
        """End both; a question under way is dropped."""
        for loop in (self._follow, self._report):
            loop.end()
        self._follower.abort()
        self._reporter.abort()
        for loop in (self._follow, self._report):
            loop.join(STOP_SECONDS)

    def wake(self) -> None:
        """Look and report now: somebody signed in, or a stranger called."""
        self._report.wake()
        self._follow.wake()

    def _woke(self) -> None:
        self._follower.abort()
        self._follow.wake()
        self.on_wake()
