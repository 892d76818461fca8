"""Where other nodes can dial this one."""

import contextlib
import socket

from django.conf import settings

# Nothing is sent there (TEST-NET-1, RFC 5737): the system only says which of our addresses it would use.
ELSEWHERE = {socket.AF_INET: ("192.0.2.1", 9), socket.AF_INET6: ("2001:db8::1", 9)}
ANY = ("", "0.0.0.0", "::")  # noqa: S104


def own_addresses() -> list[str]:
    """Return host:port as our card should name them: from the settings, or else this machine's own addresses."""
    if settings.PEERNET_PEERS_ADDRESSES:
        return list(settings.PEERNET_PEERS_ADDRESSES)
    interface, port = settings.PEERNET_PEERS_INTERFACE, settings.PEERNET_PEERS_PORT
    hosts = [interface] if interface not in ANY else _outgoing(interface)
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts]


def _outgoing(interface: str) -> list[str]:
    """The addresses this machine would use to call others; an IPv4 door has no IPv6 ones."""
    found = []
    for family, elsewhere in ELSEWHERE.items():
        if family == socket.AF_INET6 and interface != "::":
            continue
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(elsewhere)
            found.append(probe.getsockname()[0])
    return found or ["127.0.0.1"]
