"""What pages are told of: each thing once, in order, however many rows it is about."""

import asyncio
import threading

import pytest
from channels.layers import get_channel_layer

from peers import events


class Page:
    """Hears what pages of this process hear."""

    def __init__(self):
        self.heard = asyncio.Queue()

    def hear(self, event):
        self.heard.put_nowait(event)

    async def __call__(self, count):
        return [await asyncio.wait_for(self.heard.get(), 5) for _ in range(count)]


@pytest.fixture(autouse=True)
async def committed(monkeypatch):
    """Events travel on this loop, which has its turn when the story waits for it; all is committed at once."""
    monkeypatch.setattr(events, "_loop", asyncio.get_running_loop())
    monkeypatch.setattr(events.transaction, "on_commit", lambda then: then())


@pytest.fixture
async def page(committed):
    page = Page()
    events.listen(page)
    yield page
    events.unlisten(page)


async def heard_elsewhere():
    """What a page of another process hears of a change."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(events.GROUP, channel)
    events.publish("people")
    heard = await asyncio.wait_for(layer.receive(channel), 5)
    await layer.group_discard(events.GROUP, channel)
    return heard


async def test_a_page_that_is_gone_hears_no_more(page):
    events.unlisten(page)
    events.publish("people")
    await asyncio.sleep(0.01)
    assert page.heard.empty()


async def test_a_page_of_another_process_hears_through_the_channel_layer(page, monkeypatch):
    monkeypatch.setattr(events, "is_local", lambda: False)
    assert (await heard_elsewhere())["what"] == "people"


async def test_rows_of_one_bundle_are_told_together(page):
    for pk in (1, 2, 3):
        events.publish("messages", person="bob", ids=[pk])
    (heard,) = await page(1)
    assert (heard["what"], heard["person"], heard["ids"]) == ("messages", "bob", [1, 2, 3])


async def test_what_differs_is_told_apart_and_in_order(page):
    events.publish("messages", person="bob", ids=[1])
    events.publish("ticks", person="bob", ids=[1], state="delivered")
    events.publish("ticks", person="bob", ids=[1], state="read")
    events.publish("messages", person="carol", ids=[2])
    events.publish("people")
    heard = await page(5)
    assert [(each["what"], each.get("ids"), each.get("state")) for each in heard] == [
        ("messages", [1], None),
        ("ticks", [1], "delivered"),
        ("ticks", [1], "read"),
        ("messages", [2], None),
        ("people", None, None),
    ]
    assert len({each["event"] for each in heard}) == 5


@pytest.fixture
def ahead(monkeypatch):
    """Have a function called ahead of pages, and nothing else."""
    monkeypatch.setattr(events, "_forerunners", [])
    return events.goes_ahead


@pytest.fixture
def seen(ahead):
    """What could be looked up ahead of pages, in order: of which rows, and in which thread."""
    found = []
    ahead(lambda event: found.append((event.get("ids"), threading.get_ident())))
    return found


async def test_a_block_is_told_at_its_end(page):
    with events.together():
        events.publish("messages", person="bob", ids=[1])
        # Another thread has no part in it.
        await asyncio.to_thread(events.publish, "people")
        assert [each["what"] for each in await page(1)] == ["people"]
    assert [each["what"] for each in await page(1)] == ["messages"]


async def test_what_a_block_says_of_several_rows_is_told_once(page, seen):
    with events.together():
        for pk in (1, 2, 3):
            events.publish("messages", person="bob", ids=[pk])
    assert [ids for ids, _ in seen] == [[1, 2, 3]]
    assert [each["ids"] for each in await page(1)] == [[1, 2, 3]]


async def test_what_was_committed_is_told_although_the_block_breaks(page):
    def breaks():
        events.publish("people")
        _ = 1 / 0

    with pytest.raises(ZeroDivisionError), events.together():
        breaks()
    assert [each["what"] for each in await page(1)] == ["people"]


async def test_after_a_block_that_broke_all_is_told_at_once_again(page):
    with pytest.raises(ZeroDivisionError), events.together():
        _ = 1 / 0
    events.publish("people")
    assert [each["what"] for each in await page(1)] == ["people"]


async def test_a_block_within_another_is_told_with_it(page, seen):
    with events.together():
        with events.together():
            events.publish("messages", person="bob", ids=[1])
        assert seen == []
        events.publish("messages", person="bob", ids=[2])
    assert [ids for ids, _ in seen] == [[1, 2]]


async def test_what_fails_ahead_of_pages_keeps_nothing_from_them(page, ahead):
    @ahead
    def broken(event):
        raise RuntimeError("a bug")

    @ahead
    def sound(event):
        event["ahead"] = "drawn"

    events.publish("messages", person="bob", ids=[1])
    assert [each["ahead"] for each in await page(1)] == ["drawn"]


async def test_pages_do_not_hear_before_what_goes_ahead_is_done(page, ahead):
    loop, silent = asyncio.get_running_loop(), []

    @ahead
    def slow(event):
        # The loop has its turn meanwhile.
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(5)
        silent.append(page.heard.empty())

    await asyncio.to_thread(events.publish, "people")
    await page(1)
    assert silent == [True]


async def test_what_goes_ahead_runs_in_the_thread_that_published(page, seen):
    def publish():
        events.publish("people")
        return threading.get_ident()

    thread = await asyncio.to_thread(publish)
    await page(1)
    assert seen == [(None, thread)]
    assert thread != threading.get_ident()


async def test_nothing_goes_ahead_of_pages_of_another_process(seen, monkeypatch):
    monkeypatch.setattr(events, "is_local", lambda: False)
    await heard_elsewhere()
    assert seen == []


@pytest.mark.parametrize(("later", "told"), [("both rows", "both rows"), (None, None)])
async def test_of_events_that_are_told_together_the_later_look_counts(page, ahead, later, told):
    looks = ["the first row", later]

    @ahead
    def look(event):
        if found := looks.pop(0):
            event["ahead"] = found

    for pk in (1, 2):
        events.publish("messages", person="bob", ids=[pk])
    (heard,) = await page(1)
    assert (heard["ids"], heard["ahead"]) == ([1, 2], told)
