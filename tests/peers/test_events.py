"""What pages are told of: each thing once, in order, however many rows it is about."""

import asyncio

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


async def test_a_page_that_is_gone_hears_no_more(page):
    events.unlisten(page)
    events.publish("people")
    await asyncio.sleep(0.01)
    assert page.heard.empty()


async def test_a_page_of_another_process_hears_through_the_channel_layer(page, monkeypatch):
    monkeypatch.setattr(events, "is_local", lambda: False)
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(events.GROUP, channel)
    events.publish("people")
    assert (await asyncio.wait_for(layer.receive(channel), 5))["what"] == "people"
    await layer.group_discard(events.GROUP, channel)


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
