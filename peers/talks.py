"""One device's pulls: what is fetched is taken in as at our own door, and the next pull brings the receipt."""

import hashlib
import logging
import random
import time

from django.conf import settings
from django.db import DatabaseError

from peers import database, inbox, outbox, wakes, ways
from peers import own as own_device
from peers.models import PeerDevice
from peers.protocol import pull
from peers.protocol.codec import decode
from peers.protocol.errors import ProtocolError
from peers.pulls import HOLD_SECONDS
from peers.routes import Route
from peers.transport.errors import Rejected, TransportError

log = logging.getLogger(__name__)

PATH = "/peernet/1/pulls"
TOTAL_SECONDS = HOLD_SECONDS + 10.0
MAX_HANDOUT = pull.MAX_BUNDLE + 256
FIRST_PAUSE, LONGEST_PAUSE, PATIENT_PAUSE, REFUSED_PAUSE = 1.0, 30.0, 300.0, 30.0
PATIENT_AFTER = 60 * 60.0
# An empty answer that comes sooner is a busy node's way to say: not now.
SHORT = 1.0
# Whoever dialled us within the hour needs no pull; and who did not is asked to try it as often.
TRUSTED_SECONDS = 60 * 60.0


class Talk:
    """The pulls at one device while this process runs. One thread at a time holds them."""

    def __init__(self, peer: int) -> None:
        self.peer = peer
        self._route: Route | None = None
        self._nonce: bytes | None = None
        # Goes out with every pull until one that carried it was taken.
        self._reply: pull.Reply | None = None
        self._told = self._misses = self._failures = 0
        self._failing_since = 0.0
        self._opened_at = time.monotonic()
        self._reached_at: float | None = None
        self._is_ending = self._is_restarting = False

    @property
    def is_needless(self) -> bool:
        """Whether this device dials us by itself."""
        return self._trusted_for() > 0

    def reached(self) -> None:
        """From any thread: note that it just did."""
        self._reached_at = time.monotonic()

    def restart(self) -> None:
        """From any thread: end the pull under way, and forget what was true on another network."""
        self._reached_at = self._nonce = None
        self._is_restarting = True
        self._abort()

    def end(self) -> None:
        """From any thread: end the pull under way, and let no other begin."""
        self._is_ending = True
        self._abort()

    def hold(self) -> float | None:
        """Pull again and again; return the seconds until it should be tried anew, None if it should not."""
        self._is_restarting = False
        pause: float | None = 0.0
        while pause == 0.0 and not self._is_ending:
            pause = self._trusted_for() if self._reply is None else 0.0
            pause = pause or self._once()
        if pause != 0.0:
            self._close()
        return pause

    def _once(self) -> float | None:
        """Pull once; return 0.0 to go on at once."""
        body, asked = database.call(self._prepare), time.monotonic()
        if body is None or self._route is None:
            return None
        try:
            handout = decode(pull.Handout, self._route.post(body, PATH, total=TOTAL_SECONDS, limit=MAX_HANDOUT))
        except Rejected as err:
            database.call(ways.dialled, self.peer)
            if err.status in (400, 413):
                # Nothing of ours is so large or so wrong, but what is would be repeated for ever.
                self._reply = None
            return max(FIRST_PAUSE, float(err.retry_after or REFUSED_PAUSE))
        except (TransportError, ProtocolError) as err:
            return self._failed(err)
        database.call(self._take, handout)
        if not handout.taken:
            # Once is how a talk begins. Twice in a row: a copy of this home pulls as well.
            self._misses += 1
            return 0.0 if self._misses == 1 else REFUSED_PAUSE
        self._misses = 0
        return SHORT if handout.bundle is None and time.monotonic() - asked < SHORT else 0.0

    def _prepare(self) -> bytes | None:
        own, peer = own_device.own_device(), PeerDevice.objects.filter(pk=self.peer, pinned=True).first()
        if own is None or not own.card or peer is None:
            return None
        if self._route is None or self._route.version != peer.card_version:
            self._close()
            self._route = Route(peer)
        card, certificate = outbox.news(own, peer)
        self._told = own.card_version if card else 0
        key = own_device.signing_key(own)
        return pull.make_pull(key, outbox.card_of(peer), self._next_nonce(), self._reply, card, certificate)

    def _next_nonce(self) -> bytes | None:
        """Return the nonce of the next pull; none makes the peer try to dial us, which may work by now."""
        now = time.monotonic()
        if settings.PEERNET_PEERS_DIALLABLE == "auto" and now - self._opened_at > TRUSTED_SECONDS:
            self._nonce = None
        if self._nonce is None:
            self._opened_at = now
        return self._nonce

    def _take(self, handout: pull.Handout) -> None:
        ways.dialled(self.peer)
        self._nonce, self._failures = handout.nonce, 0
        if handout.taken:
            self._taken(handout)
        if handout.taken or settings.PEERNET_PEERS_DIALLABLE == "no":
            # A talk that begins makes the peer dial us: it may bring its files by itself.
            wakes.pull_answered.send(sender=None, peer=self.peer)

    def _taken(self, handout: pull.Handout) -> None:
        self._reply = None
        if self._told:
            PeerDevice.objects.filter(pk=self.peer, told_version__lt=self._told).update(told_version=self._told)
        if handout.bundle is not None:
            self._reply = pull.Reply(hashlib.sha256(handout.bundle).digest(), self._receive(handout.bundle))

    def _receive(self, bundle: bytes) -> bytes | None:
        """Take a bundle in and return the answer to it, None if it is refused."""
        own = own_device.own_device()
        try:
            return inbox.receive(own, bundle, pulled_from=self.peer) if own else None
        except ProtocolError as err:
            log.info("a fetched bundle was refused: %s", type(err).__name__)
        except DatabaseError:
            # Nothing was stored, and the sender keeps it.
            log.exception("a fetched bundle could not be stored")
        return None

    def _failed(self, err: TransportError | ProtocolError) -> float:
        self._close()
        if self._is_restarting:
            self._is_restarting = False
            return random.uniform(0.05, FIRST_PAUSE)  # noqa: S311
        if isinstance(err, TransportError):
            database.call(ways.undialled, self.peer)
        now = time.monotonic()
        self._failing_since = self._failing_since if self._failures else now
        self._failures += 1
        is_long = now - self._failing_since > PATIENT_AFTER
        pause = PATIENT_PAUSE if is_long else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures - 1, 10))
        # Many lose a node at once; they should not all come back at once.
        return pause * random.uniform(0.5, 1.0)  # noqa: S311

    def _trusted_for(self) -> float:
        if self._reached_at is None or settings.PEERNET_PEERS_DIALLABLE == "no":
            return 0.0
        return max(0.0, self._reached_at + TRUSTED_SECONDS - time.monotonic())

    def _abort(self) -> None:
        if route := self._route:
            route.abort()

    def _close(self) -> None:
        if self._route is not None:
            self._route.close()
            self._route = None
