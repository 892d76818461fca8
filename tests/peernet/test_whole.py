"""How pages are answered: whole, in a few threads that keep their connection to the database."""

import asyncio

import pytest
from django.conf import settings

from peernet.server.whole import WholeHandler
from tests.peernet import pages

PATIENCE = 10.0
STYLE = settings.BASE_DIR / "static" / "peernet" / "base.css"


class Browser:
    """Asks for one path, and may leave before all has come."""

    def __init__(self, path: str, leaves_after: int | None = None, **headers: str) -> None:
        self.path, self.leaves_after = path, leaves_after
        self.headers = [
            (name.lower().encode(), value.encode()) for name, value in {"Host": "localhost", **headers}.items()
        ]
        self.left, self.asked = asyncio.Event(), False
        self.start: dict = {}
        self.parts: list[bytes] = []

    async def receive(self) -> dict:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b""}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.parts.append(message.get("body", b""))
        if len(self.parts) == self.leaves_after:
            self.left.set()

    async def ask(self) -> "Browser":
        scope = {"type": "http", "method": "GET", "path": self.path, "query_string": b"", "headers": self.headers}
        async with asyncio.timeout(PATIENCE):
            await WholeHandler()(scope, self.receive, self.send)
        return self

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)


@pytest.fixture(autouse=True)
def own_pages(settings):
    settings.ROOT_URLCONF = "tests.peernet.pages"


async def test_a_page_is_answered_in_the_thread_that_answered_the_one_before():
    threads = {(await Browser("/thread").ask()).body for _ in range(5)}
    assert len(threads) == 1
    assert threads.pop().startswith(b"pages")


async def test_a_style_comes_whole_with_its_length():
    found = await Browser("/static/peernet/base.css").ask()
    assert found.start["status"] == 200
    assert found.parts == [STYLE.read_bytes()]
    headers = dict(found.start["headers"])
    assert int(headers[b"Content-Length"]) == len(found.body)
    assert headers[b"Content-Type"].startswith(b"text/css")


async def test_a_style_that_a_browser_holds_does_not_come_again():
    first = await Browser("/static/peernet/base.css").ask()
    mark = dict(first.start["headers"])[b"ETag"].decode()
    again = await Browser("/static/peernet/base.css", **{"If-None-Match": mark}).ask()
    assert (again.start["status"], again.body) == (304, b"")


async def test_what_is_made_on_the_way_ends_when_the_browser_leaves():
    pages.closed.clear()
    found = await Browser("/film", leaves_after=3).ask()
    assert found.body.startswith(b"moremoremore")
    assert pages.closed == [True]
