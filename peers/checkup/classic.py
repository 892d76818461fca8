"""The classic login server, as the doctor sees it."""

from collections.abc import Iterator
from contextlib import closing

from django.conf import settings

from peers.checkup.findings import Finding, fail, ok, warn
from peers.classic.codes import LoginError
from peers.older import server, standing
from peers.transport.errors import TransportError


def findings() -> Iterator[Finding]:
    """Ask it for its list, which changes nothing."""
    if not settings.PEERNET_CLASSIC:
        return
    if server.place() is None:
        yield warn("classic", standing.NO_SERVER)
        return
    where, name = f"The classic login server at {settings.PEERNET_CLASSIC_SERVER}", settings.PEERNET_CLASSIC_USER
    try:
        with closing(server.LoginServer()) as session:
            listed = session.people()
    except TransportError:
        yield warn("classic", standing.judged(standing.AWAY, where, name))
    except LoginError as err:
        yield fail("classic", standing.judged(err.reply, where, name))
    else:
        yield ok("classic", f"{where} knows {name}, and lists {len(listed)}.")
