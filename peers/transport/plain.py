"""Plain HTTP to a classic node: a literal address, no redirect, a capped answer. Who answers there, nobody proves."""

import ipaddress

import requests
from requests.adapters import HTTPAdapter
from urllib3.response import BaseHTTPResponse

from peers.transport.calls import CONNECT_SECONDS, Calls
from peers.transport.errors import BadAnswer, Unreachable

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
        if host.is_unspecified or host.is_multicast or host.is_link_local or (host.is_loopback and not allow_loopback):
            raise BadAnswer("an address that is not dialled")
        self._base = f"http://[{host}]:{port}" if host.version == 6 else f"http://{host}:{port}"
        self._session = requests.Session()
        # Proxy variables and .netrc must not come between two nodes.
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(max_retries=0))

    def close(self) -> None:
        """Drop the kept connection."""
        self._session.close()

    def _request(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], total: float
    ) -> BaseHTTPResponse:
        try:
            answer = self._session.request(
                method,
                self._base + path,
                data=body,
                headers=headers,
                timeout=(min(CONNECT_SECONDS, total), total),
                allow_redirects=False,
                stream=True,
            )
        except (requests.ConnectionError, requests.Timeout) as err:
            raise Unreachable(type(err).__name__) from err
        except requests.RequestException as err:
            raise BadAnswer(type(err).__name__) from err
        raw: BaseHTTPResponse = answer.raw
        return raw
