"""Who gets a live page, how it ends, and what the node makes of nonsense and floods."""

import json
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from messaging import consumers, live, sockets
from messaging.models import Message
from peers import events
from tests.messaging.socket import Page, off_loop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("cookie", [None, "", "x" * 32, "../../etc", "x" * 5000])
async def test_a_stranger_is_closed_before_anything_is_said(story, pages, loop, cookie):
    client = Client()
    if cookie is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    page = Page(client)
    assert await page.connect() == (False, sockets.STRANGER)
    await off_loop(story.hear, "secret")
    assert await page.quiet() == []


async def test_the_password_without_the_code_does_not_get_in(story, bobs_account, pages, loop):
    client = Client()
    await sync_to_async(client.force_login)(bobs_account)
    assert await Page(client).connect() == (False, sockets.STRANGER)


async def test_an_ended_session_ends_the_page_and_nothing_is_heard_or_sent_after(story, tab):
    page = await tab()
    await off_loop(events.publish, "ended")
    assert await page.next() == {"type": "ended"}
    assert (await page.next())["type"] == "websocket.close"
    await page.send(story.id, "too late")
    await off_loop(story.hear, "secret")
    assert await page.quiet(0.3) == []
    assert not await sync_to_async(lambda: Message.objects.filter(mine=True).exists())()


async def test_a_session_that_ended_without_a_word_is_noticed_when_the_page_speaks(story, tab, monkeypatch):
    page = await tab()
    monkeypatch.setattr(sockets, "CHECK_EVERY", 0)
    await off_loop(Session.objects.all().delete)
    await page.send(story.id, "hello")
    assert [(await page.next())["type"] for _ in range(2)] == ["ended", "websocket.close"]
    assert not await sync_to_async(Message.objects.exists)()


async def test_a_session_that_ended_without_a_word_is_noticed_before_words_are_shown(story, tab, monkeypatch):
    page = await tab()
    monkeypatch.setattr(sockets, "CHECK_EVERY", 0)
    await off_loop(Session.objects.all().delete)
    await off_loop(story.hear, "secret")
    assert [(await page.next())["type"] for _ in range(2)] == ["ended", "websocket.close"]
    assert await page.quiet() == []


async def test_an_account_that_was_closed_ends_the_page(story, tab, bobs_account, monkeypatch):
    page = await tab()
    monkeypatch.setattr(sockets, "CHECK_EVERY", 0)
    bobs_account.is_active = False
    await off_loop(bobs_account.save)
    await page.send(story.id, "hello")
    assert (await page.next())["type"] == "ended"


UNKNOWN = str(uuid.UUID(int=7))
BAD = [
    " ",
    "{",
    "null",
    "[]",
    '"open"',
    "[" * 100_000,
    '{"type":"open","with":' + "[" * 5000,
    '{"type":"shutdown"}',
    '{"type":"node.event","what":"ended"}',
    '{"type":"open","with":null,"after":0}',
    '{"type":"open","with":null,"after":-1,"visible":true}',
    '{"type":"open","with":null,"after":9223372036854775808,"visible":true}',
    '{"type":"open","with":null,"after":1e3,"visible":1}',
    '{"type":"open","with":null,"after":NaN,"visible":true}',
    '{"type":"open","with":null,"after":"0","visible":true}',
    '{"type":"open","with":"alice","after":0,"visible":true}',
    '{"type":"open","with":null,"after":true,"visible":true}',
    '{"type":"open","with":null,"after":0,"visible":true,"more":1}',
    f'{{"type":"send","key":"x","with":"{UNKNOWN}","text":"hi"}}',
    f'{{"type":"send","key":"{UNKNOWN}","with":"{UNKNOWN}","text":null}}',
    f'{{"type":"send","key":"{UNKNOWN}","with":"{UNKNOWN}","text":"\\ud800"}}',
    f'{{"type":"send","key":"{UNKNOWN}","with":"{UNKNOWN}","text":"{"x" * 400_000}"}}',
    f'{{"type":"read","with":"{UNKNOWN}","up_to":1.5}}',
    '{"type":"read","with":null,"up_to":1}',
]


@pytest.mark.parametrize("said", BAD, ids=range(len(BAD)))
async def test_what_the_node_does_not_understand_is_answered_and_the_page_stays(story, tab, said):
    page = await tab()
    await page.socket.send_to(text_data=said)
    assert (await page.hear("error"))["sentence"]
    await page.send(story.id, "still here")
    assert "still here" in (await page.hear("message"))["html"]


async def test_bytes_are_not_understood(tab):
    page = await tab()
    await page.socket.send_to(bytes_data=b'{"type":"open"}')
    assert (await page.hear("error"))["sentence"]


async def test_five_errors_close_this_page_and_no_other(story, tab):
    page, other = await tab(), await tab()
    for _ in range(7):
        await page.socket.send_to(text_data="nonsense")
    frames = await page.up_to("websocket.close")
    assert [frame["type"] for frame in frames] == ["error"] * 5 + ["websocket.close"]
    assert frames[-1]["code"] == consumers.TOO_MANY_ERRORS
    await other.send(story.id, "hello")
    assert (await other.hear("message"))["pk"]


async def test_a_flood_closes_this_page_and_no_other(story, tab):
    page, other = await tab(), await tab()
    frame = json.dumps({"type": "open", "with": None, "after": 0, "visible": True})
    for _ in range(consumers.BURST + consumers.RATE):
        await page.socket.send_to(text_data=frame)
    while (event := await page.next())["type"] != "websocket.close":
        pass
    assert event["code"] == consumers.FLOOD
    await other.send(story.id, "hello")
    assert (await other.hear("message"))["pk"]


async def test_reading_what_is_not_there_harms_nothing(story, tab, carol):
    page = await tab()
    for person, up_to in ((uuid.uuid4(), 5), (carol.pk, 2**63 - 1), (story.id, 0)):
        await page.say("read", **{"with": str(person)}, up_to=up_to)
    await page.send(story.id, "hello")
    assert (await page.hear("message"))["pk"]


async def test_a_page_that_cannot_be_served_is_closed_so_that_it_comes_again(story, tab, monkeypatch, caplog):
    page = await tab()
    monkeypatch.setattr(live, "look", lambda view, wants: 1 / 0)
    await off_loop(story.hear, "hello")
    assert (await page.hear("websocket.close"))["code"] == sockets.BROKEN
    assert "could not be served" in caplog.text
