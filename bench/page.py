"""A browser's page as its node sees it: one socket with a conversation open."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator
from types import TracebackType

from websockets.asyncio.client import ClientConnection, connect

from tests.journeys.processes import Browser

PATIENCE = 120.0
# What a page that sends much has under way at most.
UNDER_WAY = 64
# A page that says more in a second for long is a flood, and its node hangs up.
A_SECOND = 900


class Page:
    """Sends, and hears what it is shown."""

    def __init__(self, socket: ClientConnection, other: str) -> None:
        self.socket, self.other = socket, other
        self.shown = 0

    async def open(self, after: int = 0) -> None:
        await self.say(type="open", after=after, visible=True, **{"with": self.other})

    async def send(self, text: str) -> str:
        """Send words, and return their key."""
        key = str(uuid.uuid4())
        await self.say(type="send", key=key, text=text, **{"with": self.other})
        return key

    async def say(self, **frame: object) -> None:
        await self.socket.send(json.dumps(frame))

    async def frame(self) -> dict:
        """Return the next frame. After a `resync` the node goes on from its newest message, and so does this page."""
        # Not `wait_for`: before Python 3.12 it may swallow the end of a timeout around it.
        async with asyncio.timeout(PATIENCE):
            frame = json.loads(await self.socket.recv())
        if frame["type"] in ("refused", "error", "ended"):
            raise AssertionError(frame)
        return frame

    async def hear(self, mark: str) -> None:
        """Wait for a bubble that holds this text."""
        while True:
            frame = await self.frame()
            if frame["type"] == "message" and mark in frame["html"]:
                return

    async def say_much(self, texts: list[str]) -> None:
        """Send all, with so many under way at most, until each is shown to the sender."""
        left, under_way = list(reversed(texts)), set()
        while left or under_way:
            while left and len(under_way) < UNDER_WAY:
                under_way.add(await self.send(left.pop()))
            frame = await self.frame()
            if frame["type"] == "message":
                under_way.discard(frame["key"])
            elif frame["type"] == "resync":
                under_way.clear()

    async def say_on_and_on(self, text: str, count: int) -> None:
        """Send the same so often, no faster than a page may speak for long."""
        for begun in range(0, count, A_SECOND):
            end = time.monotonic() + 1.0
            await self.say_much([text] * min(A_SECOND, count - begun))
            await asyncio.sleep(max(0.0, end - time.monotonic()))

    async def listen(self) -> None:
        """Take whatever comes."""
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await self.frame()

    async def warm(self) -> None:
        """Let what opening the page brought pass by."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while True:
                    await self.frame()


@contextlib.asynccontextmanager
async def page(browser: Browser, other: str, source: str = "127.0.0.1", after: int = 0) -> AsyncIterator[Page]:
    """Open a conversation in a page, as long as the block lasts."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.session.cookies.items())
    async with connect(
        f"ws://127.0.0.1:{browser.node.user_port}/ws",
        origin=browser.node.address,
        additional_headers={"Cookie": cookies},
        max_size=None,
        max_queue=None,
        compression=None,
        proxy=None,
        local_addr=(source, 0),
        ping_interval=None,
    ) as socket:
        made = Page(socket, other)
        await made.open(after)
        yield made


class Listening:
    """Pages that somebody looks at while others speak."""

    def __init__(self, *pages: Page) -> None:
        self._pages = pages

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(page.listen()) for page in self._pages]

    async def __aexit__(self, kind: type[BaseException] | None, err: BaseException | None, at: TracebackType | None):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def round_trips(speaker: Page, hearer: Page, count: int, pause: float = 0.005) -> list[float]:
    """Return the milliseconds of each of so many messages, from the one socket to the other, one at a time."""
    times = []
    async with Listening(speaker):
        for number in range(count):
            mark = f"{number:06d}-{uuid.uuid4().hex}"
            start = time.perf_counter()
            await speaker.send(mark.ljust(200, "x"))
            await hearer.hear(mark)
            times.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(pause)
    return times
