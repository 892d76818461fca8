"""Threads that carry bundles: one destination at a time each, woken on commit, patient with the unreachable."""

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from peers import hooks, outbox
from peers.attempts import Carrier
from peers.blobs import transfers
from peers.database import kept
from peers.models import Attempt, Delivery, Lane, OwnDevice, PeerDevice

log = logging.getLogger(__name__)

THREADS = 4
# Chores and forgotten lanes are looked for as often; nothing urgent waits for it.
ROUND_SECONDS = 15 * 60
# A device that calls is looked after: at once if it was waited for, else in case another process queued something.
LOOK_AGAIN = 5.0
# A lane on which nothing went for so long is given back: a command that sends beside this node should not wait for it.
REST = 3.0
TALKED_WITHIN = timedelta(days=30)
ATTEMPTS_KEPT = timedelta(days=30)
# Two that knock back at each other must come to an end.
KNOCK_PAUSE, KNOCK_SECONDS, MOST_KNOCKS = 2.0, 600.0, 5


def _knock_in(knocked: "deque[float]", now: float, is_failing: bool, answered: bool) -> float | None:
    """Return after how long a knock is returned at the latest, None if it is not; `answered`: our last was an answer.

    Soon after a knock of our own the other's is the answer. Soon after our answer it is another start of theirs, from a
    copy perhaps.
    """
    if len(knocked) == MOST_KNOCKS and now - knocked[0] <= KNOCK_SECONDS:
        return None
    # One that nobody heard was answered by nobody either.
    if not knocked or is_failing or now - knocked[-1] >= KNOCK_PAUSE:
        return 0.0
    return knocked[-1] + KNOCK_PAUSE - now if answered else None


def _waited_for() -> "QuerySet[Delivery, int]":
    """Return the devices that something waits for."""
    waits = Delivery.objects.filter(state=Delivery.State.WAITING, stream__closed_at=None)
    return waits.values_list("stream__peer", flat=True).distinct()


class Couriers:
    """Which device is due when, and the threads that serve them. Only hints live here: the truth is in rows."""

    def __init__(self, threads: int = THREADS, carrier: Callable[[], Carrier] = Carrier) -> None:
        self._change = threading.Condition()
        self._end_of_rounds = threading.Event()
        self._due: dict[int, float] = {}
        self._knock: set[int] = set()
        # Those whose knock we answered last, and did not knock ourselves.
        self._answered: set[int] = set()
        # When a lane that we still hold is given back.
        self._rest: dict[int, float] = {}
        self._serving: set[int] = set()
        self._again: set[int] = set()
        self._served_at: dict[int, float] = {}
        self._knocked: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=MOST_KNOCKS))
        self._threads: list[threading.Thread] = []
        self._count, self._new_carrier = threads, carrier
        self._ending = False

    def start(self) -> None:
        """Take over what an earlier process left, and begin to serve. Call it once in a process that holds the home."""
        self._ending = False
        self._end_of_rounds.clear()
        if connection.vendor == "sqlite":
            # One process holds such a home, so whoever leased these is dead.
            Lane.objects.exclude(leased_by="").update(leased_by="", leased_until=None)
        self._carrier = self._new_carrier()
        self._threads = [
            threading.Thread(target=self._serve, name=f"courier-{number}", daemon=True) for number in range(self._count)
        ]
        self._threads.append(threading.Thread(target=self._rounds, name="courier-rounds", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Let the requests under way end, and stop."""
        with self._change:
            self._ending = True
            self._change.notify_all()
        self._end_of_rounds.set()
        if self._threads:
            self._carrier.close()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        if self._threads:
            # Again: a thread may have taken a lane meanwhile, and the next process should not wait for it.
            self._carrier.close()
        self._threads = []

    def wake(self, peer: int) -> None:
        """Serve a device now: something waits for it, or it was just heard."""
        with self._change:
            if peer in self._serving:
                self._again.add(peer)
            else:
                self._due[peer] = 0.0
                self._change.notify()

    def foresee(self, own: OwnDevice, peer: PeerDevice, rows: Sequence[Delivery]) -> None:
        """Make ready what will wait for a device in a moment, unless a courier is busy with it or patient."""
        with self._change:
            is_free = peer.pk not in self._serving and peer.pk not in self._due
        if is_free and self._threads:
            self._carrier.presealer.begin(own, peer, rows)

    def heard(self, peer: int, knocked: bool = False) -> None:
        """Serve a device that just called us, if it waits for its next try, or was not looked at for a while.

        If it knocked, knock back: so both learn from the other's receipt whether one was put back from a copy.
        """
        now = time.monotonic()
        is_failing = knocked and Lane.objects.filter(peer=peer, failing_since__isnull=False).exists()
        with self._change:
            knock = _knock_in(self._knocked[peer], now, is_failing, peer in self._answered) if knocked else None
            if knock is not None:
                self._knock.add(peer)
                # An answer that comes late may itself be taken for a start: what follows it is no start again.
                (self._answered.add if knock == 0.0 else self._answered.discard)(peer)
            if peer in self._serving:
                self._again.add(peer)
            elif knock == 0.0 or peer in self._due or now - self._served_at.get(peer, 0.0) > LOOK_AGAIN:
                self._due[peer] = 0.0
                self._change.notify()
            elif knock is not None:
                self._due[peer] = now + knock
                self._change.notify()

    def look(self) -> None:
        """Serve every device that something waits for now: another process queued it, or tried in vain."""
        for peer in _waited_for():
            self.wake(peer)

    def knock_all(self) -> None:
        """Say "I am here" to every device that we exchanged something with in the last 30 days."""
        recent = Lane.objects.filter(last_success_at__gte=timezone.now() - TALKED_WITHIN, peer__pinned=True)
        peers = {*recent.values_list("peer", flat=True), *_waited_for()}
        with self._change:
            self._knock |= peers
            self._answered -= peers
        for peer in peers:
            self.wake(peer)

    def _serve(self) -> None:
        while (turn := self._next()) is not None:
            peer, rests = turn
            pause: float | None = None
            knock = not rests and self._take_knock(peer)
            try:
                if rests:
                    kept(self._carrier.give_back, peer)
                else:
                    pause = kept(self._carrier.serve, peer, knock=knock, ending=lambda: self._ending)
            except Exception:
                # A full disk, a locked database: the rows still wait, and so does this thread.
                log.exception("a courier failed")
                pause = 30.0
            self._served(peer, pause, knock, rests)
        connection.close()

    def _next(self) -> tuple[int, bool] | None:
        """Return a device whose turn it is, and whether its lane is only to be given back."""
        with self._change:
            while not self._ending:
                now = time.monotonic()
                for times in (self._due, self._rest):
                    peer = min(times, key=times.__getitem__, default=None)
                    if peer is not None and times[peer] <= now:
                        del times[peer]
                        # While it is served its lane is needed, and whoever gave it back would let a second courier in.
                        self._rest.pop(peer, None)
                        self._serving.add(peer)
                        return peer, times is self._rest
                first = min((*self._due.values(), *self._rest.values()), default=None)
                self._change.wait(None if first is None else first - now)
        return None

    def _take_knock(self, peer: int) -> bool:
        with self._change:
            if peer not in self._knock:
                return False
            self._knock.discard(peer)
            self._knocked[peer].append(time.monotonic())
            return True

    def _served(self, peer: int, pause: float | None, knock: bool, rests: bool) -> None:
        with self._change:
            self._serving.discard(peer)
            self._rest.pop(peer, None)
            if pause is None and not rests:
                self._rest[peer] = time.monotonic() + REST
            self._served_at[peer] = time.monotonic()
            if knock and pause is not None:
                self._knock.add(peer)
            if peer in self._again:
                self._again.discard(peer)
                self._due[peer] = 0.0
            elif pause is not None:
                self._due[peer] = time.monotonic() + pause
            if peer in self._due:
                # Others sleep until a time that may no longer be the earliest.
                self._change.notify()

    def _rounds(self) -> None:
        while not self._ending:
            try:
                kept(self._round)
            except Exception:
                log.exception("the couriers' round failed")
            # Not the couriers' condition: a wake that this thread took would be lost to them.
            self._end_of_rounds.wait(ROUND_SECONDS)
        connection.close()

    def _round(self) -> None:
        outbox.give_up_the_old()
        transfers.give_up_the_old()
        Attempt.objects.filter(at__lt=timezone.now() - ATTEMPTS_KEPT).delete()
        self._carrier.close_idle()
        hooks.tidying.send(sender=None)
        for peer in _waited_for().filter(stream__peer__pinned=True):
            with self._change:
                known = peer in self._due or peer in self._serving
            if not known:
                self.wake(peer)
