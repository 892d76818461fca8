"""Tries to dial who pulls here: perhaps they can be reached directly, and need not pull."""

import logging
import threading
import time

from peers import outbox, ways
from peers import own as own_device
from peers.loops import Loop
from peers.models import PeerDevice
from peers.protocol.errors import ProtocolError
from peers.routes import Route
from peers.transport.errors import Rejected, TransportError

log = logging.getLogger(__name__)

# A repeated opening must not make us dial more often.
EVERY_SECONDS = 20.0


class Prober:
    """A thread that sleeps until somebody opens a pull, and knocks at them directly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due: dict[int, float] = {}
        self._tried: dict[int, float] = {}
        self._loop = Loop("prober", self.step)

    def start(self) -> None:
        """Begin to wait."""
        self._loop.start()

    def stop(self, seconds: float = 1.0) -> None:
        """End; a knock under way is dropped with the process."""
        self._loop.end()
        self._loop.join(seconds)

    def consider(self, peer: int) -> None:
        """From any thread: a device opened a pull here."""
        # Its network may have changed: until it answers, what waits goes by its pull.
        ways.doubt(peer)
        with self._lock:
            self._due.setdefault(peer, self._tried.get(peer, 0.0) + EVERY_SECONDS)
        self._loop.wake()

    def step(self) -> float | None:
        """Knock at one device whose turn it is; return the seconds until the next one's, None if none waits."""
        with self._lock:
            peer = min(self._due, key=self._due.__getitem__, default=None)
            if peer is None:
                return None
            pause = self._due[peer] - time.monotonic()
            if pause > 0:
                return pause
            del self._due[peer]
            self._tried[peer] = time.monotonic()
        self._knock(peer)
        return 0.0

    def _knock(self, pk: int) -> None:
        own, peer = own_device.own_device(), PeerDevice.objects.filter(pk=pk, pinned=True).first()
        if own is None or not own.card or peer is None:
            return
        # Not the couriers' route: theirs is for whoever holds the lane.
        route = Route(peer)
        try:
            outbox.read_answer(own, peer, [], route.post(outbox.make_bundle(own, peer, [])))
            ways.dialled(pk)
        except Rejected:
            ways.dialled(pk)
        except (TransportError, ProtocolError):
            ways.undialled(pk)
        finally:
            route.close()
