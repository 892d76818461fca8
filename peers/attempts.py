"""One device's turn: bundles to it one after the other, and what each answer means."""

import logging
import os
import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from peers import events, outbox, resealing, warm
from peers import own as own_device
from peers.models import Attempt, Delivery, Lane, OutStream, OwnDevice, PeerDevice
from peers.prepared import Select, insert
from peers.presealing import Presealer
from peers.protocol.errors import ProtocolError
from peers.protocol.receipt import Answer, Receipt, Verdict
from peers.routes import Routes
from peers.transport.errors import Rejected, TransportError

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE, PATIENT_PAUSE = 0.5, 30.0, 300.0
PATIENT_AFTER = timedelta(hours=1)
# A new session for a device at most this often.
HEAL_EVERY = timedelta(minutes=1)
FAILED = ["attempts", "failing_since", "next_attempt_at", "last_error", "leased_by", "leased_until"]
# What stands in a lane whose other end keeps no more.
FULL = "Rejected: HTTP 507"

_pinned = Select(lambda pk: PeerDevice.objects.filter(pk=pk, pinned=True), PeerDevice.id)
_peer = Select(lambda pk: PeerDevice.objects.filter(pk=pk), PeerDevice.id)
_lane = Select(lambda peer: Lane.objects.filter(peer=peer), Lane.peer)


class Carrier:
    """Carries for all couriers of a process: the kept connections, and the name under which lanes are leased."""

    def __init__(self) -> None:
        self.routes = Routes()
        self.presealer = Presealer()
        self.name = os.urandom(8).hex()

    def serve(self, peer_pk: int, *, knock: bool, ending: Callable[[], bool]) -> float | None:
        """Carry all that waits for a device, and knock if nothing does.

        Returns the seconds before the next try, or None when there is nothing more to do.
        """
        with warm.turn():
            own = own_device.own_device()
            peer = _pinned.first(peer_pk)
            if own is None or not own.card or peer is None:
                return None
            rows = outbox.waiting(peer)
            if not rows and not knock:
                return None
            lane = _lane.first(peer.pk) or Lane.objects.get_or_create(peer=peer)[0]
            if not self._lease(lane):
                return LEASE.total_seconds() / 4
        return self._carry(Turn(own, peer, lane, self.routes, self.presealer), rows, knock, ending)

    def _carry(self, turn: "Turn", rows: list[Delivery], knock: bool, ending: Callable[[], bool]) -> float | None:
        while not ending():
            pause = turn.attempt(rows)
            if pause is not None:
                return pause
            # A knock comes when nothing waits, for then its receipt tells whether the device holds all that it had.
            knock = turn.is_resupplying or (knock and bool(rows))
            with warm.turn():
                # Read anew each time: a person may have been stopped, or a message given up, in between.
                if (peer := _peer.first(turn.peer.pk)) is None:
                    return None
                turn.peer = peer
                rows = outbox.waiting(peer)
                if not (rows or knock):
                    return None
                self._lease(turn.lane)
        return None

    def _lease(self, lane: Lane) -> bool:
        """Take the lane for a minute, or go on holding it: giving it back after each turn would cost a commit."""
        now = timezone.now()
        if lane.leased_by == self.name and lane.leased_until and lane.leased_until - now > LEASE / 2:
            return True
        free = Q(leased_until=None) | Q(leased_until__lt=now) | Q(leased_by=self.name)
        mine = Lane.objects.filter(free, pk=lane.pk).update(leased_by=self.name, leased_until=now + LEASE)
        lane.leased_by, lane.leased_until = self.name, now + LEASE
        return mine == 1

    def give_back(self, peer_pk: int) -> None:
        """Give a lane back that nothing goes on."""
        Lane.objects.filter(peer=peer_pk, leased_by=self.name).update(leased_by="", leased_until=None)

    def close_idle(self) -> None:
        """Close connections that nobody used for a while."""
        self.routes.close_idle()

    def close(self) -> None:
        """Close every connection, and give every lane back."""
        self.routes.close()
        self.presealer.forget()
        Lane.objects.filter(leased_by=self.name).update(leased_by="", leased_until=None)


class Turn:
    """The attempts for one device while its lane is leased."""

    def __init__(self, own: OwnDevice, peer: PeerDevice, lane: Lane, routes: Routes, presealer: Presealer) -> None:
        self.own, self.peer, self.lane, self.routes, self.presealer = own, peer, lane, routes, presealer
        # The device lost some of what it had, and may lack more than one resupply sends again.
        self.is_resupplying = False

    def attempt(self, rows: Sequence[Delivery]) -> float | None:
        """Make one request. Return None when it got through, or the pause before the next one."""
        began, self.is_resupplying = time.monotonic(), False
        try:
            data = self.routes.post(self.peer, self.presealer.make_bundle(self.own, self.peer, rows))
            answer, receipt = outbox.read_answer(self.own, self.peer, rows, data)
        except Rejected as err:
            return self._failed(rows, began, _sentence(err), err.retry_after)
        except (TransportError, ProtocolError) as err:
            return self._failed(rows, began, _sentence(err))
        with warm.turn():
            return self._answered(rows, began, answer, receipt)

    def _answered(self, rows: Sequence[Delivery], began: float, answer: Answer, receipt: Receipt) -> float | None:
        told = self.own.card_version
        stream = rows[0].stream if rows else outbox.stream_to(self.peer)
        last = _position(receipt, stream)
        with transaction.atomic():
            self._note(rows, began, _summary(receipt))
            if self.peer.told_version < told:
                PeerDevice.objects.filter(pk=self.peer.pk).update(told_version=told)
                self.peer.told_version = told
            self._well()
            if stream and (Verdict.CONFLICT in receipt.verdicts or _never_issued(stream, last)):
                # They hold numbers that this home never issued, so their "duplicate" is about other words than ours.
                resealing.start_anew(self.own, self.peer)
                return None
            outbox.settle(rows, receipt)
            if stream and self._lacks_some(rows, receipt, stream, last):
                return self._at_most_once_a_minute(lambda: self._resupply(stream, last))
            return self._follow_up(answer, receipt)

    @staticmethod
    def _lacks_some(rows: Sequence[Delivery], receipt: Receipt, stream: OutStream, last: int) -> bool:
        """Tell whether the device lacks numbers that it receipted once: it was restored."""
        if rows:
            return receipt.verdicts[0] is Verdict.GAP and last + 1 < rows[0].number
        return last < outbox.settled_up_to(stream)

    def _resupply(self, stream: OutStream, last: int) -> None:
        resealing.resupply(self.own, self.peer, stream, last)
        self.is_resupplying = True

    def _follow_up(self, answer: Answer, receipt: Receipt) -> float | None:
        """Do what the verdicts ask for beyond settling. Return a pause when the device must wait for it."""
        verdicts = set(receipt.verdicts)
        if Verdict.CANNOT_OPEN in verdicts:
            return self._at_most_once_a_minute(lambda: resealing.heal(self.own, self.peer, answer.card))
        return FIRST_PAUSE if verdicts and verdicts <= {Verdict.GAP, Verdict.LATER} else None

    def _at_most_once_a_minute(self, repair: Callable[[], None]) -> float | None:
        now = timezone.now()
        # Later than now: the clock was set back since, and says nothing about how long ago that was.
        if self.lane.healed_at and timedelta(0) <= now - self.lane.healed_at < HEAL_EVERY:
            return max(1.0, (self.lane.healed_at + HEAL_EVERY - now).total_seconds())
        self.lane.healed_at = now
        self.lane.save(update_fields=["healed_at"])
        try:
            repair()
        except ProtocolError as err:
            log.warning("%s could not be repaired: %s", self.peer, type(err).__name__)
            return PATIENT_PAUSE
        return None

    def _well(self) -> None:
        """Note that the way works; once an hour, or when it did not before."""
        lane, now = self.lane, timezone.now()
        recent = lane.last_success_at and now - lane.last_success_at < timedelta(hours=1)
        if lane.failing_since is None and recent:
            return
        lane.attempts, lane.failing_since, lane.next_attempt_at = 0, None, None
        lane.last_error, lane.last_success_at = "", now
        lane.save(update_fields=["attempts", "failing_since", "next_attempt_at", "last_error", "last_success_at"])
        events.publish("links")

    def _failed(
        self, rows: Sequence[Delivery], began: float, sentence: str, retry_after: int | None = None
    ) -> float | None:
        lane, now = self.lane, timezone.now()
        lane.attempts += 1
        lane.failing_since = lane.failing_since or now
        pause = max(_pause(lane.attempts, now - lane.failing_since), retry_after or 0)
        lane.next_attempt_at, lane.last_error = now + timedelta(seconds=pause), sentence
        # Whoever comes first may try next: `manage.py sync` does not wait for our pause.
        lane.leased_by, lane.leased_until = "", None
        with transaction.atomic():
            lane.save(update_fields=FAILED)
            self._note(rows, began, sentence)
            if lane.attempts == 1:
                events.publish("links")
        # A knock that nobody heard is not repeated: whoever comes back knocks themselves.
        return pause if rows else None

    def _note(self, rows: Sequence[Delivery], began: float, outcome: str) -> None:
        attempt = Attempt(
            peer=self.peer,
            stream=rows[0].stream if rows else None,
            first_number=rows[0].number if rows else 0,
            last_number=rows[-1].number if rows else 0,
            milliseconds=round((time.monotonic() - began) * 1000),
            outcome=outcome[:200],
        )
        insert([attempt])


def _position(receipt: Receipt, stream: OutStream | None) -> int:
    """Return the last number of a stream that the receipt names; 0 if it names none."""
    named = {position.stream: position.last for position in receipt.positions}
    return named.get(bytes(stream.stream), 0) if stream else 0


def _never_issued(stream: OutStream, number: int) -> bool:
    """Tell whether a stream has not come to a number yet. More may have been queued since its row was read."""
    if number > stream.last_number:
        stream.refresh_from_db(fields=["last_number"])
    return number > stream.last_number


def _pause(attempts: int, failing_for: timedelta) -> float:
    """Return seconds, with jitter so that returning peers are not met by everyone at once."""
    longest = LONGEST_PAUSE if failing_for < PATIENT_AFTER else PATIENT_PAUSE
    wanted = FIRST_PAUSE * 2 ** min(attempts, 20) if failing_for < PATIENT_AFTER else PATIENT_PAUSE
    return min(longest, wanted) * random.uniform(0.5, 1.0)  # noqa: S311


def _sentence(err: TransportError | ProtocolError) -> str:
    return f"{type(err).__name__}: {err}" if isinstance(err, Rejected) else type(err).__name__


def _summary(receipt: Receipt) -> str:
    if not receipt.verdicts:
        return "knocked"
    counts = {verdict: receipt.verdicts.count(verdict) for verdict in dict.fromkeys(receipt.verdicts)}
    return ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items())
