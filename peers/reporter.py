"""Reports that this node is here, where it is reached, and that its certificate goes on."""

import logging
import time
from collections.abc import Callable

from peers import certification, people
from peers import own as own_device
from peers.addresses import own_addresses
from peers.login_server import LoginServerClient, LoginServerError, NotSignedIn, Refused, known
from peers.member import membership
from peers.models import LoginServer, OwnDevice
from peers.older import blocks

log = logging.getLogger(__name__)

INTERVAL = 30.0
AFTER_A_FAILURE = 5.0
# The wall clock went on without us: the machine slept, and every connection is dead.
JUMP = 60.0


class Reporter:
    """One step is one report."""

    def __init__(self, woke: Callable[[], None], moved: Callable[[], None]) -> None:
        self._woke, self._moved = woke, moved
        self._client: LoginServerClient | None = None
        self._clocks = (time.time(), time.monotonic())
        self._has_overtaken = False

    def step(self) -> float | None:
        """Report, and return how long to sleep before the next report."""
        self._look_at_the_clock()
        own, server = own_device.own_device(), known()
        if own is None or not own.person or server is None or not server.token:
            self.close()
            return INTERVAL
        try:
            return self.report(self._connected(server), server, own)
        except NotSignedIn:
            membership.end(server.token)
            return INTERVAL
        except LoginServerError as err:
            self.close()
            log.info("not reported: %s", type(err).__name__)
            return float(err.retry_after or INTERVAL) if isinstance(err, Refused) else AFTER_A_FAILURE

    def report(self, client: LoginServerClient, server: LoginServer, own: OwnDevice) -> float:
        """Say that we are here; publish a newer card and renew the certificate in time. Raises `LoginServerError`."""
        people.review()
        if certification.is_half_over(own):
            encoded = certification.certify(client, server.token, own, bytes(own.person))
            OwnDevice.objects.filter(pk=own.pk).update(certificate=encoded)
        if own_device.refresh_card(own, own_addresses()):
            # Whoever we talk with hears it from us, also when the login server is away.
            self._moved()
        own.refresh_from_db()
        found = client.presence(server.token, bytes(own.device), own.card_version)
        if found.classic_blocked is not None:
            blocks.take(found.classic_blocked)
        if found.card_version > own.card_version and not self._has_overtaken:
            self._overtake(own, found.card_version)
            client.publish_card(server.token, bytes(own.card))
        elif found.card_wanted and own.card:
            client.publish_card(server.token, bytes(own.card))
        if found.cursor < server.cursor:
            # The login server goes on from an older copy of itself: what it says now may be new to us.
            LoginServer.objects.filter(pk=server.pk, cursor__gt=found.cursor).update(cursor=0)
        return min(INTERVAL, float(found.interval))

    def _overtake(self, own: OwnDevice, version: int) -> None:
        """This home was put back from a copy, older than a card of ours. Once, for a twin of it would answer back."""
        self._has_overtaken = True
        own_device.overtake(own, version)
        own.refresh_from_db()
        self._moved()

    def abort(self) -> None:
        """From any thread: end the call under way."""
        if client := self._client:
            client.abort()

    def close(self) -> None:
        """Drop the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self, server: LoginServer) -> LoginServerClient:
        if self._client is None or self._client.server.address != server.address:
            self.close()
            self._client = LoginServerClient(server)
        return self._client

    def _look_at_the_clock(self) -> None:
        (wall, steady), self._clocks = self._clocks, (time.time(), time.monotonic())
        if self._clocks[0] - wall - (self._clocks[1] - steady) > JUMP:
            self.close()
            self._woke()
