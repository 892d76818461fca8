"""Where a node can be dialled: a literal IP address or a plain host name, and a port."""

import ipaddress
import re

from peers.protocol.errors import Malformed

# The last label needs a letter, so that no resolver reads 127.1, 0x7f000001 or 2130706433 as an address.
HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?!0x)[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\Z"
)


def parse_address(text: str) -> tuple[str, int]:
    """Return host and port of `203.0.113.7:10000`, `[2001:db8::7]:10000` or `node.example:10000`.

    Raises `Malformed` for any other spelling and for addresses that name no single host.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not re.fullmatch(r"[1-9][0-9]{0,4}", port, re.ASCII) or int(port) > 65535:
        raise Malformed("address: the port is missing or no number from 1 to 65535")
    if host.startswith("[") and host.endswith("]"):
        return _literal(host[1:-1], ipaddress.IPv6Address), int(port)
    if HOST_NAME.match(host):
        return host, int(port)
    return _literal(host, ipaddress.IPv4Address), int(port)


def _literal(host: str, kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> str:
    try:
        ip = kind(host)
    except ValueError as err:
        raise Malformed("address: not an IP address or a host name") from err
    if ip.is_multicast or ip.is_unspecified or "%" in host or str(ip) == "255.255.255.255":
        raise Malformed("address: it names no single host")
    return str(ip)
