"""Plain HTTP to a classic node: a literal address, no redirect, a capped answer. Who answers there, nobody proves."""

import ipaddress

from urllib3 import HTTPConnectionPool

from peers.transport.calls import Calls
from peers.transport.errors import BadAnswer

# A classic answer is a number, a key or a list of calls.
MAX_ANSWER = 64 * 1024


class PlainSession(Calls):
    """One destination, without TLS."""

    def __init__(self, ip: str, port: int, *, allow_loopback: bool = False) -> None:
        """Raises `BadAnswer` for what is no address of a single other host."""
        try:
            host = ipaddress.ip_address(ip)
        except ValueError as err:
            raise BadAnswer("not a literal address") from err
        host = getattr(host, "ipv4_mapped", None) or host
        if host.is_unspecified or host.is_multicast or host.is_link_local or (host.is_loopback and not allow_loopback):
            raise BadAnswer("an address that is not dialled")
        self._pool = HTTPConnectionPool(str(host), port)
