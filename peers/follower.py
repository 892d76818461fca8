"""Follows the directory: a long poll by cursor, whose answers are verified and applied."""

import logging
import random
import time
from collections.abc import Callable, Iterator

import msgspec

from peers import entries, people
from peers.answers import Changes
from peers.login_server import LoginServerClient, LoginServerError, NotSignedIn, Refused, known
from peers.member import membership
from peers.models import LoginServer
from peers.older import blocks
from peers.protocol.certificate import Withdrawal, read_withdrawal
from peers.protocol.codec import decode
from peers.protocol.errors import ProtocolError
from peers.protocol.signing import Signed

log = logging.getLogger(__name__)

WAIT_SECONDS = 25
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0


class Follower:
    """What this node knows of the directory, kept up to date; one step is one question."""

    def __init__(self, reachable: Callable[[int], None], wait: int = WAIT_SECONDS) -> None:
        self._reachable, self._wait = reachable, wait
        self._client: LoginServerClient | None = None
        self._pause = FIRST_PAUSE

    def step(self) -> float | None:
        """Ask for what is new, waiting for it, and apply it; return how long to sleep before the next question."""
        server = known()
        if server is None or not server.token:
            self.close()
            return None
        client, asked = self._connected(server), time.monotonic()
        try:
            is_news = self.follow(client, server, self._wait)
        except NotSignedIn:
            membership.end(server.token)
            return 0.0
        except LoginServerError as err:
            return self._failed(client, server, err)
        self._pause = FIRST_PAUSE
        # An empty answer that came too soon is a busy server's way to say: not now.
        return 0.0 if is_news or time.monotonic() - asked > self._wait / 2 else FIRST_PAUSE

    def follow(self, client: LoginServerClient, server: LoginServer, wait: int) -> int:
        """Apply one answer, and return how much news it held. Raises `LoginServerError`."""
        found = client.changes(server.token, server.cursor, wait)
        if found.withdrawals > server.last_withdrawal:
            self._withdraw(client, server)
        reachable = people.apply(server, _verified(bytes(server.key), found), found.cursor)
        if found.invited is not None:
            people.note_newcomers(found.invited)
        if found.classic_blocked is not None:
            blocks.take(found.classic_blocked)
        people.note_link(server, is_up=True)
        for peer in reachable:
            self._reachable(peer)
        return len(found.changes) + (found.invited is not None)

    def abort(self) -> None:
        """From any thread: end the question under way; the next step asks anew."""
        if client := self._client:
            client.abort()

    def close(self) -> None:
        """Drop the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self, server: LoginServer) -> LoginServerClient:
        """Return the kept client, with the row as it is now."""
        if self._client is not None and self._client.server.address == server.address:
            self._client.server.token = server.token
            return self._client
        self.close()
        self._client = LoginServerClient(server)
        return self._client

    def _failed(self, client: LoginServerClient, server: LoginServer, err: LoginServerError) -> float:
        self.close()
        if client.is_aborted:
            return 0.0
        log.info("the directory cannot be followed: %s", type(err).__name__)
        if isinstance(err, Refused):
            return float(min(err.retry_after or LONGEST_PAUSE, 60))
        people.note_link(server, is_up=False)
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        # All nodes lose a login server at once; they should not all come back at once.
        return pause * random.uniform(0.5, 1.0)  # noqa: S311

    @staticmethod
    def _withdraw(client: LoginServerClient, server: LoginServer) -> None:
        encoded = client.withdrawals(server.token, server.last_withdrawal)
        try:
            people.withdraw(server, [_withdrawal(bytes(server.key), each) for each in encoded])
        except ProtocolError as err:
            # Nothing is lost by asking again; sends to a device that the entry calls withdrawn stop anyway.
            log.warning("the list of withdrawals does not verify: %s", type(err).__name__)


def _withdrawal(key: bytes, encoded: bytes) -> Withdrawal:
    return read_withdrawal(key, decode(Signed, encoded))


def _verified(key: bytes, found: Changes) -> Iterator[entries.Entry]:
    for raw in found.changes:
        if (entry := _verify(key, raw)) is not None:
            yield entry


def _verify(key: bytes, raw: msgspec.Raw) -> entries.Entry | None:
    try:
        return entries.verify(key, raw)
    except entries.NotListedYet:
        # Nothing is amiss: the entry changes again as soon as the list begins.
        return None
    except ProtocolError as err:
        log.warning("directory entry skipped: %s", type(err).__name__)
        return None
