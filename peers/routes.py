"""The ways to other devices: which of a card's addresses answers, over a connection that is kept open."""

import threading
import time
from typing import Any

from peers import ways
from peers.models import PeerDevice
from peers.outbox import card_of
from peers.protocol.address import parse_address
from peers.pulls import open_pulls
from peers.transport.errors import BadAnswer, Rejected, TransportError, Unreachable, WrongFingerprint
from peers.transport.pinned import PinnedSession

PATH = "/peernet/1/bundles"
CONTENT_TYPE = "application/x-peernet"
IDLE_SECONDS = 10 * 60


class Route:
    """The way to one device under one version of its card. One thread at a time uses it."""

    def __init__(self, peer: PeerDevice) -> None:
        card = card_of(peer)
        self.version = peer.card_version
        self.used_at = time.monotonic()
        self._sessions = [PinnedSession(*parse_address(each), card.tls_fingerprint) for each in card.addresses]
        self._fresh = True

    def post(self, body: bytes, path: str = PATH, content_type: str = CONTENT_TYPE, **limits: Any) -> bytes:
        """Send a body to the first address that answers, and begin with it the next time. Raises `TransportError`."""
        self.used_at = time.monotonic()
        problem: TransportError = Unreachable("the card names no address")
        for session in list(self._sessions):
            try:
                answer = self._twice(session, body, path, content_type, limits)
            except (Unreachable, WrongFingerprint, BadAnswer) as err:
                # Behind a private address, somebody else's computer may answer in our own network.
                problem = err
                continue
            self._sessions.remove(session)
            self._sessions.insert(0, session)
            return answer
        raise problem

    def _twice(
        self, session: PinnedSession, body: bytes, path: str, content_type: str, limits: dict[str, Any]
    ) -> bytes:
        """A kept connection may have died while idle, which says nothing of the node: try a new one at once."""
        try:
            answer = session.post(path, body, content_type, **limits)
        except Unreachable:
            if self._fresh:
                raise
            session.close()
            self._fresh = True
            answer = session.post(path, body, content_type, **limits)
        self._fresh = False
        return answer

    def abort(self) -> None:
        """From any thread: end the call under way, and let no other begin."""
        for session in list(self._sessions):
            session.abort()

    def close(self) -> None:
        """Drop the kept connections."""
        for session in self._sessions:
            session.close()


class Routes:
    """All routes of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._routes: dict[int, Route] = {}

    def post(
        self, peer: PeerDevice, body: bytes, path: str = PATH, content_type: str = CONTENT_TYPE, **limits: Any
    ) -> bytes:
        """Send a bundle, or what another path takes within its own limits, and return the answer.

        A bundle also goes by the pull that the device keeps open here; a file it then fetches by itself. Raises
        `TransportError`.
        """
        may_be_pulled = path == PATH
        if not may_be_pulled and not ways.works(peer.pk) and open_pulls.expects(peer.pk):
            raise Unreachable("it fetches what it cannot be brought")
        if ways.works(peer.pk) or not (may_be_pulled and open_pulls.expects(peer.pk)):
            try:
                return self._dial(peer, body, path, content_type, limits)
            except TransportError as err:
                if isinstance(err, Rejected) or not (may_be_pulled and open_pulls.expects(peer.pk)):
                    raise
        return open_pulls.hand_over(peer.pk, body)

    def _dial(self, peer: PeerDevice, body: bytes, path: str, content_type: str, limits: dict[str, Any]) -> bytes:
        try:
            answer = self._route(peer).post(body, path, content_type, **limits)
        except Rejected:
            ways.dialled(peer.pk)
            raise
        except TransportError:
            ways.undialled(peer.pk)
            raise
        ways.dialled(peer.pk)
        return answer

    def _route(self, peer: PeerDevice) -> Route:
        with self._lock:
            route = self._routes.get(peer.pk)
            if route is None or route.version != peer.card_version:
                if route is not None:
                    route.close()
                route = self._routes[peer.pk] = Route(peer)
            return route

    def close_idle(self) -> None:
        """Close the routes that nobody used for ten minutes."""
        with self._lock:
            for pk in [pk for pk, route in self._routes.items() if time.monotonic() - route.used_at > IDLE_SECONDS]:
                self._routes.pop(pk).close()

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            for route in self._routes.values():
                route.close()
            self._routes.clear()
