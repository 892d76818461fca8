"""A kept-open HTTPS connection that trusts one certificate and nothing else."""

import urllib3
from urllib3.response import BaseHTTPResponse

from peers.transport.calls import CONNECT_SECONDS, MAX_ANSWER, TOTAL_SECONDS, Calls
from peers.transport.tls import PinnedPool

__all__ = ["MAX_ANSWER", "TOTAL_SECONDS", "PinnedSession"]


class PinnedSession(Calls):
    """One destination: `host` is a literal address or a name from the owner's own signed card.

    Not safe for two threads at once, but for `abort`; each courier keeps its own.
    """

    def __init__(self, host: str, port: int, fingerprint: bytes | None) -> None:
        self.host = host
        self._pool = PinnedPool(host, port, fingerprint)

    def close(self) -> None:
        """Drop the kept connection."""
        self._pool.close()

    def abort(self) -> None:
        """From any thread: end the call that is under way, and let no other begin."""
        self._pool.abort()

    def _request(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], total: float
    ) -> BaseHTTPResponse:
        return self._pool.urlopen(
            method,
            path,
            body,
            headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, total), read=total),
            preload_content=False,
            decode_content=False,
        )
