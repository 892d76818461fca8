"""What a page tells its line: which frames are done with, and what waits for a page that takes nothing."""

import asyncio
import json
import uuid

import pytest
from django.db import OperationalError

from messaging import composer
from peers import events
from tests.messaging.socket import Page, off_loop

pytestmark = pytest.mark.django_db(transaction=True)


class Line:
    """Counts, and holds whoever tells the page something."""

    def __init__(self):
        self.done_with, self.keeps_up, self.change = [], asyncio.Event(), asyncio.Event()
        self.keeps_up.set()

    def done(self, size):
        self.done_with.append(size)
        self.change.set()

    async def drained(self):
        await self.keeps_up.wait()

    async def hears(self, count):
        async with asyncio.timeout(5):
            while len(self.done_with) < count:
                self.change.clear()
                await self.change.wait()


@pytest.fixture
async def page(story, browser, loop):
    """A tab of Bob's on the conversation with Alice, with a line."""
    made = Page(browser)
    made.line = Line()
    made.socket.scope["extensions"] = {"peernet.line": made.line}
    assert (await made.connect())[0]
    await made.open(story.id)
    await made.line.hears(1)
    made.line.done_with.clear()
    yield made
    await made.leave()


def frame(kind: str, **fields) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False)


async def test_every_frame_is_done_with_once(page, story):
    person = str(story.id)
    said = [
        frame("active"),
        frame("open", **{"with": person}, after=0, visible=True),
        frame("read", **{"with": person}, up_to=1),
        frame("draft", **{"with": person}, text="Grüße 👋"),
        frame("send", **{"with": person}, key=str(uuid.uuid4()), text="hello"),
        frame("send", **{"with": person}, key=str(uuid.uuid4()), text=" "),
        "nonsense",
    ]
    for text in said:
        await page.socket.send_to(text_data=text)
    await page.line.hears(len(said))
    assert sorted(page.line.done_with) == sorted(len(text.encode()) for text in said)


async def test_words_are_under_way_until_they_are_stored(page, story, monkeypatch):
    storing, stored = composer.send_messages, asyncio.Event()
    running = asyncio.get_running_loop()

    def slowly(batch):
        asyncio.run_coroutine_threadsafe(stored.wait(), running).result(5)
        return storing(batch)

    monkeypatch.setattr(composer, "send_messages", slowly)
    await page.send(story.id, "hello")
    await page.say("active")
    await page.line.hears(1)
    assert len(page.line.done_with) == 1
    stored.set()
    await page.line.hears(2)


async def test_words_that_cannot_be_stored_are_done_with_as_well(page, story, monkeypatch, caplog):
    def full(batch):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(composer, "send_messages", full)
    await page.send(story.id, "hello")
    assert (await page.hear("refused"))["sentence"]
    await page.line.hears(1)


async def test_what_comes_waits_for_a_page_that_takes_nothing(page, story):
    page.line.keeps_up.clear()
    for text in ("one", "two", "three"):
        await off_loop(story.hear, text)
    # The first goes out before anybody knows that it will not be taken.
    assert len(await page.quiet(0.3)) == 1
    page.line.keeps_up.set()
    while "three" not in (await page.hear("message"))["html"]:
        pass


async def test_a_session_that_ends_does_not_wait_for_a_page_that_takes_nothing(page):
    page.line.keeps_up.clear()
    await off_loop(events.publish, "ended")
    assert [(await page.next())["type"] for _ in range(2)] == ["ended", "websocket.close"]
