"""A command that runs beside the node rings when it has queued or carried something: the node hears of no rows."""

import ipaddress
import logging

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner

from peers.transport.errors import TransportError
from peers.transport.plain import PlainSession

log = logging.getLogger(__name__)

PATH = "/bell"
SECONDS, GOOD_FOR = 3.0, 60
# Both run in one home, and share its secret.
_signer = TimestampSigner(salt="peers.bell")


def ring() -> bool:
    """Let the running node look at its outbox, and tell whether it heard. Where none runs, it will when it starts."""
    try:
        session = PlainSession(_interface(), settings.PEERNET_USER_PORT, allow_loopback=True)
        try:
            session.post(PATH, _signer.sign("ring").encode(), "text/plain", SECONDS, headers={"Host": _host()})
        finally:
            session.close()
    except TransportError as err:
        log.debug("the node did not hear the bell: %s", type(err).__name__)
        return False
    return True


def is_ours(ring: bytes) -> bool:
    """Tell whether a process of this home rang, just now."""
    try:
        return _signer.unsign(ring.decode("ascii", "replace"), max_age=GOOD_FOR) == "ring"
    except BadSignature:
        return False


def _interface() -> str:
    """Return where this computer finds the pages' door."""
    where = settings.PEERNET_USER_INTERFACE
    try:
        address = ipaddress.ip_address(where)
    except ValueError:
        return "127.0.0.1"
    if not address.is_unspecified:
        return where
    return "127.0.0.1" if address.version == 4 else "::1"


def _host() -> str:
    """Return a name under which the pages may be asked for."""
    return next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
