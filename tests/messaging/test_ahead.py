"""Words for open pages, drawn where they were stored: at most one look for all, and each word shown once."""

import asyncio
import threading

import pytest

from messaging import ahead, live
from messaging.consumers import PageConsumer
from messaging.conversations import conversation_with
from messaging.models import Message
from peers import events
from tests.messaging.socket import drawn, of, off_loop, until

pytestmark = pytest.mark.django_db(transaction=True)


class Looks:
    """Who looked for words: the thread that stored them, or the pages themselves."""

    def __init__(self, monkeypatch) -> None:
        self.threads: list[str] = []
        for name in ("news", "look"):
            monkeypatch.setattr(live, name, self._noted(getattr(live, name)))

    def _noted(self, real):
        def look(*args):
            self.threads.append(threading.current_thread().name)
            return real(*args)

        return look

    @property
    def by_pages(self) -> int:
        return sum(name.startswith("database") for name in self.threads)

    @property
    def ahead(self) -> int:
        return len(self.threads) - self.by_pages


@pytest.fixture
def looks(monkeypatch) -> Looks:
    return Looks(monkeypatch)


@pytest.fixture
async def idle(story, tab, looks):
    """Open tabs of Bob's that show all they know of; until then Alice said "good morning"."""
    await off_loop(story.hear, "good morning")

    async def open_tab(*args, **kwargs):
        page = await tab(*args, **kwargs)
        await all_idle()
        looks.threads.clear()
        return page

    return open_tab


async def all_idle():
    await until(lambda: all(page.is_idle for page in ahead._pages.values()))


def consumer():
    """What stands behind the one open tab."""
    (found,) = ahead._pages.values()
    return found


def hear_together(story, *texts):
    """Alice's words reach Bob in one bundle."""
    with events.together():
        for text in texts:
            story.hear(text)


def last_pk():
    return Message.objects.latest("pk").pk


def as_it_is(message):
    """The bubble of a message as it is now."""
    return drawn(Message.objects.get(pk=message.pk))


def about(story, *ids):
    return {"type": "node.event", "what": "messages", "person": str(story.id), "ids": list(ids)}


async def shown(page, *texts):
    """Whether a page shows these, each once and in this order, and then no more."""
    frames = [await page.hear("message") for _ in texts]
    return [text in frame["html"] for frame, text in zip(frames, texts, strict=True)] == [True] * len(texts) and not of(
        "message", await page.quiet(0.5)
    )


async def test_an_idle_page_is_told_without_a_look_of_its_own(story, idle, looks):
    page = await idle()
    await off_loop(story.hear, "hello")
    assert await shown(page, "hello")
    assert (looks.ahead, looks.by_pages) == (1, 0)


async def test_words_that_come_quickly_are_shown_once_and_in_order(story, idle):
    page = await idle()
    texts = [f"word {number}." for number in range(30)]
    await off_loop(lambda: [story.hear(text) for text in texts])
    assert await shown(page, *texts)


async def test_a_bundle_is_drawn_in_one_go(story, idle, looks):
    page = await idle()
    texts = [f"word {number}." for number in range(ahead.MOST)]
    await off_loop(hear_together, story, *texts)
    assert await shown(page, *texts)
    assert (looks.ahead, looks.by_pages) == (1, 0)


async def test_of_a_bundle_of_many_a_page_looks_for_itself(story, idle, looks):
    page = await idle()
    texts = [f"word {number}." for number in range(ahead.MOST + 1)]
    await off_loop(hear_together, story, *texts)
    assert await shown(page, *texts)
    assert looks.ahead == 0


async def test_two_pages_that_stand_at_the_same_place_are_drawn_for_once(story, idle, looks):
    pages = [await idle(), await idle()]
    for page in pages:
        await page.quiet(0.5)
    await all_idle()
    looks.threads.clear()
    await off_loop(story.hear, "hello")
    assert [await shown(page, "hello") for page in pages] == [True, True]
    assert (looks.ahead, looks.by_pages) == (1, 0)


async def test_a_page_at_another_place_gets_what_it_lacks(story, idle, monkeypatch):
    behind = await idle()
    with monkeypatch.context() as deaf:
        deaf.setattr(events, "_send", lambda event: None)
        await off_loop(story.hear, "one")
    # It is told "one" as it opens.
    level = await idle()
    await off_loop(story.hear, "two")
    assert await shown(behind, "one", "two")
    assert await shown(level, "two")


async def test_a_busy_page_looks_for_itself(story, idle, looks, monkeypatch):
    page = await idle()
    is_busy, go_on, listing = threading.Event(), threading.Event(), live.listing

    def slow(person):
        is_busy.set()
        go_on.wait(10)
        return listing(person)

    monkeypatch.setattr(live, "listing", slow)
    try:
        await off_loop(story.hear, "one")
        assert await asyncio.to_thread(is_busy.wait, 5)
        looks.threads.clear()
        await off_loop(story.hear, "two")
        assert looks.ahead == 0
    finally:
        go_on.set()
    assert await shown(page, "one", "two")


async def test_nothing_is_drawn_for_a_page_that_shows_somebody_else(story, idle, looks, carol):
    await off_loop(conversation_with, carol.pk)
    page = await idle(carol.pk)
    await off_loop(story.hear, "secret words")
    assert of("message", await page.up_to("title") + await page.quiet()) == []
    assert looks.ahead == 0


async def test_what_was_drawn_for_a_page_that_turned_away_is_not_shown_until_it_is_back(
    story, idle, carol, monkeypatch
):
    page = await idle()
    behind, loop, drawing = consumer(), asyncio.get_running_loop(), live.news
    before = behind.view.tail.after

    def turn_meanwhile(view):
        found = drawing(view)
        monkeypatch.setattr(live, "news", drawing)
        asyncio.run_coroutine_threadsafe(page.say("open", **{"with": str(carol.pk)}, after=0, visible=True), loop)
        turned = until(lambda: behind.view.person_id == carol.pk and behind.is_idle)
        asyncio.run_coroutine_threadsafe(turned, loop).result(5)
        return found

    monkeypatch.setattr(live, "news", turn_meanwhile)
    await off_loop(story.hear, "hello")
    assert of("message", await page.quiet(0.5)) == []
    await page.say("open", **{"with": str(story.id)}, after=before, visible=True)
    assert await shown(page, "hello")


async def test_drawing_ahead_leaves_the_page_as_it_is(story, idle, monkeypatch):
    await idle()
    view = consumer().view

    def all_of_it():
        return view.person_id, view.tail, view.person, view.conversation, list(view.shown), dict(view.around)

    with monkeypatch.context() as deaf:
        deaf.setattr(events, "_send", lambda event: None)
        await off_loop(story.hear, "hello")
    before, event = all_of_it(), about(story, await off_loop(last_pk))
    await off_loop(ahead.draw, event)
    assert [len(news.frames) for news in event["ahead"].values()] == [1]
    assert all_of_it() == before


async def test_nothing_is_drawn_of_what_the_page_was_sent(story, idle, looks):
    await idle()
    event = about(story, consumer().view.tail.after)
    await off_loop(ahead.draw, event)
    assert "ahead" not in event
    assert looks.ahead == 0


async def test_nothing_is_drawn_for_a_page_that_was_left(story, idle, looks):
    page = await idle()
    await page.leave()
    assert ahead._pages == {}
    await off_loop(story.hear, "hello")
    assert looks.ahead == 0


async def test_nothing_is_drawn_for_a_page_that_broke(story, idle, looks, monkeypatch):
    page = await idle()

    async def breaks(self, text):
        raise OSError("the disk is gone")

    monkeypatch.setattr(PageConsumer, "take", breaks)
    await page.say("active")
    with pytest.raises(OSError, match="gone"):
        await page.socket.wait(5)
    # It has left already, and cannot once more.
    page.leave = lambda: asyncio.sleep(0)
    assert ahead._pages == {}
    assert not [each for each in events._listeners if isinstance(each, PageConsumer)]
    await off_loop(story.hear, "hello")
    assert looks.ahead == 0


async def test_what_bob_says_himself_is_not_drawn_ahead_of_the_couriers(story, idle, looks):
    page = await idle()
    await off_loop(story.say, "hello")
    assert await shown(page, "hello")
    assert looks.ahead == 0


async def test_a_tick_that_turns_while_words_are_drawn_ahead_is_shown(story, idle, monkeypatch):
    page = await idle()
    behind, loop, drawing = consumer(), asyncio.get_running_loop(), live.news
    with monkeypatch.context() as deaf:
        deaf.setattr(events, "_send", lambda event: None)
        mine = await off_loop(story.say, "good morning to you")

    async def deliver():
        await off_loop(story.deliver, mine)
        await until(lambda: behind.is_idle and not behind.wanted.is_set())

    def deliver_meanwhile(view):
        found = drawing(view)
        monkeypatch.setattr(live, "news", drawing)
        asyncio.run_coroutine_threadsafe(deliver(), loop).result(5)
        return found

    monkeypatch.setattr(live, "news", deliver_meanwhile)
    await off_loop(story.hear, "hello")
    sent = await page.hear("message")
    assert of("ticks", await page.quiet(0.5)) or sent["html"] == await off_loop(as_it_is, mine)


async def test_words_that_cannot_be_drawn_ahead_are_looked_for(story, idle, looks, monkeypatch):
    page, sound = await idle(), live.news

    def broken(view):
        if not threading.current_thread().name.startswith("database"):
            raise RuntimeError("a bug")
        return sound(view)

    monkeypatch.setattr(live, "news", broken)
    await off_loop(story.hear, "hello")
    assert await shown(page, "hello")
    assert looks.by_pages == 1
