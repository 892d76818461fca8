"""A kept-open HTTPS connection that trusts one certificate and nothing else."""

import ssl
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

from peers.transport.errors import BadAnswer, Rejected, TransportError, Unreachable, WrongFingerprint

MAX_ANSWER = 64 * 1024
TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 3.0
CHUNK = 8 * 1024
MAX_RETRY_AFTER = 3600


class PinnedAdapter(HTTPAdapter):
    """Checks the certificate's SHA-256 instead of a chain and a name: a node's certificate has neither."""

    def __init__(self, fingerprint: bytes) -> None:
        self._fingerprint = fingerprint.hex()
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_3)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        super().init_poolmanager(
            *args,
            **kwargs,
            ssl_context=context,
            assert_fingerprint=self._fingerprint,
            assert_hostname=False,
        )

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Leave requests' own certificate settings out, or they would override the pin."""
        host, _ = super().build_connection_pool_key_attributes(request, False, None)
        return host, {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The pin is the whole check."""


class PinnedSession:
    """One destination: `host` is a literal address or a name from the owner's own signed card.

    Not safe for two threads at once; each courier keeps its own.
    """

    def __init__(self, host: str, port: int, fingerprint: bytes) -> None:
        literal = f"[{host}]" if ":" in host else host
        self._base = f"https://{literal}:{port}"
        self._session = requests.Session()
        # Proxy variables, .netrc and REQUESTS_CA_BUNDLE must not come between two nodes.
        self._session.trust_env = False
        self._session.verify = False
        self._session.mount("https://", PinnedAdapter(fingerprint))

    def post(self, path: str, body: bytes, content_type: str, total: float = TOTAL_SECONDS) -> bytes:
        """Return the body of the 200 that answers; at most 64 KiB, within `total` seconds. Raises `TransportError`."""
        deadline = time.monotonic() + total
        try:
            with self._session.post(
                self._base + path,
                data=body,
                headers={"Content-Type": content_type, "Accept-Encoding": "identity"},
                timeout=(min(CONNECT_SECONDS, total), total),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._read(response, deadline)
        except requests.RequestException as err:
            raise _reason(err) from err

    def close(self) -> None:
        """Drop the kept connection."""
        self._session.close()

    @staticmethod
    def _read(response: requests.Response, deadline: float) -> bytes:
        if response.status_code >= 400:
            raise Rejected(response.status_code, _seconds(response.headers.get("Retry-After", "")))
        if response.status_code != 200 or "Content-Encoding" in response.headers:
            raise BadAnswer(f"HTTP {response.status_code}")
        answer = bytearray()
        while chunk := response.raw.read1(CHUNK):
            answer += chunk
            if len(answer) > MAX_ANSWER:
                raise BadAnswer("the answer is larger than 64 KiB")
            if time.monotonic() > deadline:
                raise BadAnswer("the answer took too long")
        return bytes(answer)


def _seconds(text: str) -> int | None:
    return min(int(text), MAX_RETRY_AFTER) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _reason(err: requests.RequestException) -> TransportError:
    if isinstance(err, requests.exceptions.SSLError):
        if "Fingerprints did not match" in str(err):
            return WrongFingerprint("another certificate than the card names")
        return BadAnswer("no TLS 1.3")
    if isinstance(err, requests.ConnectionError | requests.Timeout):
        return Unreachable(type(err).__name__)
    return BadAnswer(type(err).__name__)
