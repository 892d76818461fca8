"""The login server as this node reaches it: who answers, which time it has, and what it thinks of this device."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from peers.checkup.findings import Finding, fail, ok, warn
from peers.login_server import LoginServerClient, LoginServerError, NotSignedIn, known
from peers.models import LoginServer
from peers.own import own_device
from peers.protocol.certificate import DAY, Certificate
from peers.protocol.codec import decode
from peers.protocol.signing import Signed

# A code of the authenticator app is good for 30 seconds either way.
LARGEST_DRIFT = 30


def findings() -> Iterator[Finding]:
    """Look at the login server, the clock, the sign-in and the certificate."""
    server = known()
    if server is None:
        yield warn("login server", "None is known yet. Open this node's pages with your invitation.")
        return
    client = LoginServerClient(server)
    try:
        yield from _reach(client, server)
    finally:
        client.close()
    yield from _certificate()


def _reach(client: LoginServerClient, server: LoginServer) -> Iterator[Finding]:
    try:
        began = time.time()
        theirs = client.clock()
    except LoginServerError as err:
        yield fail("login server", f"{server}: {err.sentence}")
    else:
        yield ok("login server", f"{server} answers, and holds the key that was pinned.")
        yield _clock((began + time.time()) / 2, theirs)
        yield _signed_in(client, server)


def _clock(ours: float, theirs: int) -> Finding:
    if not theirs:
        return warn("clock", "The login server is older than this node and does not tell its time. Upgrade it.")
    # Its seconds are whole ones.
    drift = ours - theirs - 0.5
    if abs(drift) <= LARGEST_DRIFT:
        return ok("clock", f"It agrees with the login server's within {abs(drift) + 0.5:.0f} s.")
    which = "ahead of" if drift > 0 else "behind"
    return fail("clock", f"It is {abs(drift):.0f} s {which} the login server's. Let both follow a time service (NTP).")


def _signed_in(client: LoginServerClient, server: LoginServer) -> Finding:
    if not server.token:
        return warn("sign-in", "Nobody is signed in, so others see this node as offline. Open its pages and sign in.")
    try:
        client.changes(server.token, server.cursor, wait=0)
    except NotSignedIn as err:
        return fail("sign-in", err.sentence)
    except LoginServerError as err:
        return warn("sign-in", err.sentence)
    return ok("sign-in", "The login server knows this node's sign-in.")


def _certificate() -> Iterator[Finding]:
    own = own_device()
    if own is None or not own.certificate:
        return
    ends = decode(Certificate, decode(Signed, bytes(own.certificate)).body).expires
    left, until = (ends - time.time()) / DAY, f"{datetime.fromtimestamp(ends, UTC):%Y-%m-%d}"
    if left <= 0:
        yield fail("certificate", f"It ended on {until}: others stop trusting this device. Sign in to renew it.")
    elif left < 7:
        yield warn("certificate", f"It ends on {until}. It is renewed while somebody is signed in here.")
    else:
        yield ok("certificate", f"This device is certified until {until}.")
