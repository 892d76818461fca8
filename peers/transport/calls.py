"""One call to one destination and its answer: no redirect, nothing unpacked, capped in bytes and seconds."""

import contextlib
import time

import urllib3
from urllib3.response import BaseHTTPResponse

from peers.transport.errors import BadAnswer, Rejected, TransportError, Unreachable, WrongFingerprint

MAX_ANSWER = 64 * 1024
# A refusal is a sentence, not a document.
MAX_REFUSAL = 4 * 1024
TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 3.0
CHUNK = 64 * 1024
MAX_RETRY_AFTER = 3600


class Calls:
    """What one may ask of a destination, and the connection to it that is kept. The environment has no say in it."""

    _pool: urllib3.HTTPConnectionPool

    def close(self) -> None:
        """Drop the kept connection."""
        self._pool.close()

    def _request(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], total: float
    ) -> BaseHTTPResponse:
        """Return the answer with its body still to be read. Raises urllib3's errors."""
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

    def _call(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], total: float, limit: int
    ) -> bytes:
        deadline = time.monotonic() + total
        try:
            whole = {**headers, "Accept-Encoding": "identity"}
            # What was not read to its end is closed; what was, is kept for the next call.
            with contextlib.closing(self._request(method, path, body, whole, total)) as response:
                return _read(response, deadline, limit)
        except urllib3.exceptions.HTTPError as err:
            raise _reason(err) from err


def _read(response: BaseHTTPResponse, deadline: float, limit: int) -> bytes:
    if response.status >= 400:
        after = _seconds(response.headers.get("Retry-After", ""))
        raise Rejected(response.status, after, _body(response, deadline, MAX_REFUSAL))
    if response.status != 200:
        raise BadAnswer(f"HTTP {response.status}")
    return _body(response, deadline, limit)


def _body(response: BaseHTTPResponse, deadline: float, limit: int) -> bytes:
    if "Content-Encoding" in response.headers:
        raise BadAnswer("the answer is compressed")
    answer = bytearray()
    while chunk := response.read1(min(CHUNK, limit + 1)):
        answer += chunk
        if len(answer) > limit:
            raise BadAnswer(f"the answer is larger than {limit} bytes")
        if time.monotonic() > deadline:
            raise BadAnswer("the answer took too long")
    return bytes(answer)


def _seconds(text: str) -> int | None:
    return min(int(text), MAX_RETRY_AFTER) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _reason(err: urllib3.exceptions.HTTPError) -> TransportError:
    if isinstance(err, urllib3.exceptions.SSLError):
        if "Fingerprints did not match" in str(err):
            return WrongFingerprint("another certificate than the card names")
        if "EOF" in str(err):
            # Cut before anybody said anything: by a router that waits for the node behind it, or by a node that ends.
            return Unreachable("cut")
        return BadAnswer("no TLS 1.3")
    if isinstance(err, urllib3.exceptions.TimeoutError | urllib3.exceptions.ProtocolError):
        return Unreachable(type(err).__name__)
    return BadAnswer(type(err).__name__)
