"""A kept-open HTTPS connection that trusts one certificate and nothing else."""

import time

import requests
import urllib3

from peers.transport.errors import BadAnswer, Rejected, TransportError, Unreachable, WrongFingerprint
from peers.transport.tls import TLSAdapter

MAX_ANSWER = 64 * 1024
# A refusal is a sentence, not a document.
MAX_REFUSAL = 4 * 1024
TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 3.0
CHUNK = 64 * 1024
MAX_RETRY_AFTER = 3600


class PinnedSession:
    """One destination: `host` is a literal address or a name from the owner's own signed card.

    Not safe for two threads at once, but for `abort`; each courier keeps its own.
    """

    def __init__(self, host: str, port: int, fingerprint: bytes) -> None:
        self._open(host, port, TLSAdapter(fingerprint))

    def _open(self, host: str, port: int, adapter: TLSAdapter) -> None:
        literal = f"[{host}]" if ":" in host else host
        self._base = f"https://{literal}:{port}"
        self._adapter = adapter
        self._session = requests.Session()
        # Proxy variables, .netrc and REQUESTS_CA_BUNDLE must not come between two nodes.
        self._session.trust_env = False
        self._session.verify = False
        self._session.mount("https://", adapter)

    def post(
        self,
        path: str,
        body: bytes,
        content_type: str,
        total: float = TOTAL_SECONDS,
        *,
        headers: dict[str, str] | None = None,
        limit: int = MAX_ANSWER,
    ) -> bytes:
        """Return the body of the 200 that answers; at most `limit` bytes, within `total` seconds.

        Raises `TransportError`.
        """
        return self._call("POST", path, body, {**(headers or {}), "Content-Type": content_type}, total, limit)

    def get(
        self,
        path: str,
        total: float = TOTAL_SECONDS,
        *,
        headers: dict[str, str] | None = None,
        limit: int = MAX_ANSWER,
    ) -> bytes:
        """Return the body of the 200 that answers, as `post` does. Raises `TransportError`."""
        return self._call("GET", path, None, headers or {}, total, limit)

    def close(self) -> None:
        """Drop the kept connection."""
        self._session.close()

    def abort(self) -> None:
        """From any thread: end the call that is under way, and let no other begin."""
        self._adapter.abort()

    def _call(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], total: float, limit: int
    ) -> bytes:
        deadline = time.monotonic() + total
        try:
            with self._session.request(
                method,
                self._base + path,
                data=body,
                headers={**headers, "Accept-Encoding": "identity"},
                timeout=(min(CONNECT_SECONDS, total), total),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._read(response, deadline, limit)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as err:
            raise _reason(err) from err

    @staticmethod
    def _read(response: requests.Response, deadline: float, limit: int) -> bytes:
        if response.status_code >= 400:
            after = _seconds(response.headers.get("Retry-After", ""))
            raise Rejected(response.status_code, after, _body(response, deadline, MAX_REFUSAL))
        if response.status_code != 200:
            raise BadAnswer(f"HTTP {response.status_code}")
        return _body(response, deadline, limit)


def _body(response: requests.Response, deadline: float, limit: int) -> bytes:
    if "Content-Encoding" in response.headers:
        raise BadAnswer("the answer is compressed")
    answer = bytearray()
    while chunk := response.raw.read1(min(CHUNK, limit + 1)):
        answer += chunk
        if len(answer) > limit:
            raise BadAnswer(f"the answer is larger than {limit} bytes")
        if time.monotonic() > deadline:
            raise BadAnswer("the answer took too long")
    return bytes(answer)


def _seconds(text: str) -> int | None:
    return min(int(text), MAX_RETRY_AFTER) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _reason(err: Exception) -> TransportError:
    if isinstance(err, requests.exceptions.SSLError):
        if "Fingerprints did not match" in str(err):
            return WrongFingerprint("another certificate than the card names")
        if "EOF" in str(err):
            # Cut before anybody said anything: by a router that waits for the node behind it, or by a node that ends.
            return Unreachable("cut")
        return BadAnswer("no TLS 1.3")
    if isinstance(err, requests.ConnectionError | requests.Timeout | urllib3.exceptions.TimeoutError):
        return Unreachable(type(err).__name__)
    return BadAnswer(type(err).__name__)
