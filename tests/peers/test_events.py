"""What pages are told of: each thing once, in order, however many rows it is about."""

import asyncio

import pytest
from channels.layers import get_channel_layer

from peers import events


@pytest.fixture
async def page(monkeypatch):
    """A page's channel in this loop, which has its turn when the story waits for it; all is committed at once."""
    monkeypatch.setattr(events, "_loop", asyncio.get_running_loop())
    monkeypatch.setattr(events.transaction, "on_commit", lambda then: then())
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(events.GROUP, channel)

    async def hear(count: int) -> list[dict]:
        return [await asyncio.wait_for(layer.receive(channel), 5) for _ in range(count)]

    yield hear
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
