"""A browser with files, as little of it as there can be: chunks up to its own node, and files down from it."""

import http.client
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.journeys.processes import Browser

# As the page does it (static/peernet/js/uploads.js).
AT_ONCE = 2
PIECE = 1024 * 1024


class Wire:
    """Kept connections of one signed-in browser, one a thread."""

    def __init__(self, browser: Browser) -> None:
        self._browser, self._local = browser, threading.local()
        self._cookies = "; ".join(f"{name}={value}" for name, value in browser.session.cookies.items())

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        """Send a request, and return the answer, unread."""
        connection = self._connection()
        sent = {"Cookie": self._cookies, "X-CSRFToken": self._browser.token, **headers}
        connection.request(method, path, body, sent)
        return connection.getresponse()

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection("127.0.0.1", self._browser.node.user_port, timeout=120)
        return self._local.connection


def upload(
    browser: Browser, person: str, name: str, size: int, piece: Callable[[int, int], bytes]
) -> tuple[str, float]:
    """Bring a file of `piece(start, length)` to its node; return its id and the seconds that this took."""
    begin = time.perf_counter()
    row = browser.post(f"/with/{person}/files", {"name": name, "size": str(size)}).json()
    wire, most = Wire(browser), row["chunk"] * row.get("most", 1)

    def put(start: int) -> None:
        body = piece(start, min(most, size - start))
        path = f"/files/{row['id']}/chunks/{start // row['chunk']}"
        answer = wire.ask("POST", path, body, **{"Content-Type": "application/octet-stream"})
        said = answer.read()
        if answer.status != 204:
            raise AssertionError(said)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(put, range(0, max(size, 1), most)))
    finished = browser.post(f"/files/{row['id']}/finish", {})
    if finished.status_code != 200:
        raise AssertionError(finished.text)
    return row["id"], time.perf_counter() - begin


def download(browser: Browser, pk: str) -> tuple[int, float]:
    """Save a file nowhere; return its size and the seconds that this took."""
    begin = time.perf_counter()
    answer = Wire(browser).ask("GET", f"/files/{pk}/download")
    size = sum(len(part) for part in iter(lambda: answer.read(PIECE), b""))
    return size, time.perf_counter() - begin


def first_bytes(browser: Browser, pk: str, start: int) -> float:
    """Seek into a file as a player does; return the milliseconds to its first bytes."""
    wire, begin = Wire(browser), time.perf_counter()
    answer = wire.ask("GET", f"/files/{pk}/play", Range=f"bytes={start}-")
    answer.read(16 * 1024)
    took = (time.perf_counter() - begin) * 1000
    if answer.status != 206:
        raise AssertionError(answer.status)
    answer.close()
    return took


def numbers(text: bytes) -> Callable[[int, int], bytes]:
    """Return what gives the bytes of a large file that is nowhere: a piece again and again."""
    whole = text * (-(-4 * PIECE // len(text)))

    def piece(start: int, length: int) -> bytes:
        at = start % len(text)
        parts, left = [], length
        for offset in itertools.chain([at], itertools.repeat(0)):
            parts.append(whole[offset : offset + left])
            left -= len(parts[-1])
            if not left:
                return b"".join(parts)
        return b""

    return piece
