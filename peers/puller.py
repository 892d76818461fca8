"""Fetches from peers what they cannot bring: one thread for each pull that is held, and none at rest."""

import logging
import random
import threading
import time
from collections.abc import Callable

from django.conf import settings

from peers.models import PeerDevice
from peers.talks import Talk

log = logging.getLogger(__name__)

MOST_HELD = 200
AFTER_A_FAILURE = 30.0
# Peers may dial us first; and a network that wakes should not come back in one moment.
START_JITTER, WAKE_JITTER = 2.0, 1.0


class Puller:
    """Which device is due for a pull when. Start it once in a process that holds the home."""

    def __init__(self, talk: Callable[[int], Talk] = Talk) -> None:
        self._change = threading.Condition()
        self._new_talk = talk
        self._talks: dict[int, Talk] = {}
        self._due: dict[int, float] = {}
        self._pulling: set[int] = set()
        self._again: set[int] = set()
        self._threads: set[threading.Thread] = set()
        self._ending = True

    def start(self) -> None:
        """Begin to pull, unless the settings say that every peer can dial us."""
        if settings.PEERNET_PEERS_DIALLABLE == "yes":
            return
        self._ending = False
        for peer in PeerDevice.objects.filter(pinned=True).values_list("pk", flat=True):
            self.wake(peer, START_JITTER)
        self._spawn(self._serve, "puller")

    def stop(self, seconds: float = 3.0) -> None:
        """Hang up everywhere."""
        with self._change:
            self._ending = True
            self._change.notify_all()
            threads = set(self._threads)
            for talk in self._talks.values():
                talk.end()
        for thread in threads:
            thread.join(seconds)

    def wake(self, peer: int, jitter: float = 0.0) -> None:
        """Pull at a device soon, if no pull is under way there: it was heard, or it came online."""
        with self._change:
            if not self._ending and peer not in self._pulling:
                at = time.monotonic() + random.uniform(0.0, jitter)  # noqa: S311
                self._due[peer] = min(at, self._due.get(peer, at))
                self._change.notify_all()

    def reached(self, peer: int) -> None:
        """Note that a device dialled us: it needs no pull of ours, and whoever is there can be pulled at."""
        with self._change:
            if self._ending:
                return
            talk = self._talk(peer)
            talk.reached()
        if not talk.is_needless:
            self.wake(peer)

    def wake_all(self) -> None:
        """Open every pull anew: the machine slept or has another address, and every connection is dead."""
        with self._change:
            for talk in self._talks.values():
                talk.restart()
            self._again |= self._pulling
            idle = set(self._talks) - self._pulling
        for peer in idle:
            self.wake(peer, WAKE_JITTER)

    def _serve(self) -> None:
        while (peer := self._next()) is not None:
            self._spawn(lambda peer=peer: self._pull(peer), f"pull-{peer}")

    def _next(self) -> int | None:
        with self._change:
            while not self._ending:
                peer = min(self._due, key=self._due.__getitem__, default=None)
                has_room = len(self._pulling) < MOST_HELD
                if peer is not None and has_room and self._due[peer] <= time.monotonic():
                    del self._due[peer]
                    self._pulling.add(peer)
                    return peer
                self._change.wait(self._due[peer] - time.monotonic() if peer is not None and has_room else None)
        return None

    def _pull(self, peer: int) -> None:
        with self._change:
            talk = self._talk(peer)
        pause: float | None = AFTER_A_FAILURE
        try:
            pause = talk.hold()
        except Exception:
            # A full disk, a locked database: what waits there still waits.
            log.exception("a pull failed")
        with self._change:
            self._pulling.discard(peer)
            if peer in self._again:
                self._again.discard(peer)
                self._due[peer] = time.monotonic() + random.uniform(0.0, WAKE_JITTER)  # noqa: S311
            elif pause is not None:
                self._due[peer] = time.monotonic() + pause
            self._change.notify_all()

    def _talk(self, peer: int) -> Talk:
        if peer not in self._talks:
            self._talks[peer] = self._new_talk(peer)
        return self._talks[peer]

    def _spawn(self, target: Callable[[], None], name: str) -> None:
        def run() -> None:
            try:
                target()
            finally:
                with self._change:
                    self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=run, name=name, daemon=True)
        with self._change:
            self._threads.add(thread)
        thread.start()
