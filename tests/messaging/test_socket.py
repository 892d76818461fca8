"""Bob's live page: what he says arrives, what happens is shown, and nobody else gets in."""

import asyncio
import json
import threading
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client

from messaging import composer, consumers, history, live, services, sockets
from messaging.conversations import note
from messaging.models import Message, Notice
from peers import events
from peers.models import Delivery, KnownPerson
from tests.messaging.socket import Page, of, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def loop():
    """Hints travel on this test's own loop."""
    events.attach(asyncio.get_running_loop())
    yield
    events._loop = None


@pytest.fixture
async def tab(story, browser, loop):
    """Open tabs of Bob's browser, on the conversation with Alice unless told otherwise."""
    opened: list[Page] = []

    async def open_tab(person="alice", client=browser, **kwargs) -> Page:
        page = Page(client)
        assert (await page.connect())[0]
        opened.append(page)
        return await page.open(story.id if person == "alice" else person, **kwargs)

    yield open_tab
    for page in opened:
        await page.leave()


def off_loop(function, *args, **kwargs):
    """Do something as another thread of the node does it."""

    def done():
        try:
            return function(*args, **kwargs)
        finally:
            connection.close()

    return asyncio.to_thread(done)


def drawn(message):
    """The bubble of a message as it is now."""
    (bubble,) = history.again(message.conversation, "Alice Ärztin", [message.pk])
    return render_to_string("messaging/message.html", {"bubble": bubble})


# What Bob says.


async def test_what_bob_sends_comes_back_as_a_waiting_bubble_under_its_key(story, tab):
    page = await tab()
    key = await page.send(story.id, "Grüße 👋")
    frame = await page.hear("message")
    message = await sync_to_async(Message.objects.get)()
    assert (frame["key"], frame["with"], frame["pk"], frame["id"]) == (key, str(story.id), message.pk, message.hex)
    assert "Grüße 👋" in frame["html"]
    assert frame["html"] == await sync_to_async(drawn)(message)
    assert await sync_to_async(Delivery.objects.count)() == 1


async def test_the_other_tab_shows_it_as_well_and_each_shows_it_once(story, tab):
    one, other = await tab(), await tab()
    await one.send(story.id, "hello")
    for page in (one, other):
        assert len(of("message", await page.quiet(0.3))) == 1


async def test_the_same_key_again_is_one_message_and_the_page_hears_of_it_again(story, tab):
    page, key = await tab(), uuid.uuid4()
    for _ in range(2):
        await page.send(story.id, "hello", key)
        assert (await page.hear("message"))["key"] == str(key)
    assert await sync_to_async(Message.objects.count)() == 1


async def test_words_keep_the_order_in_which_they_were_sent(story, tab):
    page = await tab()
    for number in range(40):
        await page.send(story.id, f"message {number}")
    frames = []
    while len(frames) < 40:
        frames.append(await page.hear("message"))
    stored = await sync_to_async(lambda: list(Message.objects.order_by("pk").values_list("text", "pk")))()
    assert [text for text, _ in stored] == [f"message {number}" for number in range(40)]
    assert [frame["pk"] for frame in frames] == [pk for _, pk in stored]


@pytest.mark.parametrize(
    ("text", "words"), [("  ", "nothing to send"), ("x" * 65_537, "too long"), ("a\0b", "invisible character")]
)
async def test_what_cannot_be_sent_is_answered_with_a_sentence(story, tab, text, words):
    page = await tab()
    key = await page.send(story.id, text)
    frame = await page.hear("refused")
    assert frame["key"] == key
    assert words in frame["sentence"]
    assert not await sync_to_async(Message.objects.exists)()


async def test_the_longest_message_fits_through_the_socket(story, tab):
    page = await tab()
    await page.send(story.id, "\x01" * 65_535 + "a")
    assert (await page.hear("message"))["pk"]


async def test_nobody_without_a_device_is_written_to(story, tab, carol):
    page = await tab()
    await page.send(carol.pk, "hello")
    assert "has not signed in on a computer yet" in (await page.hear("refused"))["sentence"]
    await page.send(uuid.uuid4(), "hello")
    assert "Nobody of this name" in (await page.hear("refused"))["sentence"]


async def test_words_that_could_not_be_stored_are_refused_and_the_page_stays(story, tab, monkeypatch, caplog):
    page = await tab()
    with monkeypatch.context() as broken:
        broken.setattr(composer, "send_messages", lambda batch: 1 / 0)
        await page.send(story.id, "hello")
        assert (await page.hear("refused"))["sentence"] == consumers.NOT_STORED
    await page.send(story.id, "again")
    assert "again" in (await page.hear("message"))["html"]


async def test_a_page_that_is_left_right_after_sending_does_not_take_its_words_back(story, tab, monkeypatch):
    begun, go_on, real = threading.Event(), threading.Event(), composer.send_messages

    def slow(batch):
        begun.set()
        assert go_on.wait(10)
        return real(batch)

    monkeypatch.setattr(composer, "send_messages", slow)
    page = await tab()
    await page.send(story.id, "being stored")
    await until(begun.is_set)
    await page.send(story.id, "still in the queue")
    await until(lambda: composer.composer._jobs.qsize() == 1)
    await page.leave()
    go_on.set()
    await until(lambda: Message.objects.filter(state="waiting").count() == 2)


async def test_a_message_to_somebody_else_is_answered_in_the_page_that_sent_it(story, tab):
    page = await tab(None)
    key = await page.send(story.id, "hello")
    frame = await page.hear("message")
    assert (frame["key"], frame["with"]) == (key, str(story.id))


# What happens.


async def test_alices_words_appear_and_count_in_the_title(story, tab):
    page = await tab()
    await off_loop(story.hear, "hello")
    frames = await page.quiet(0.5)
    (message,) = of("message", frames)
    assert "hello" in message["html"]
    assert of("title", frames)[-1]["unread"] == 1
    assert of("people", frames)


async def test_words_are_sent_before_what_stands_around_them(story, tab):
    page = await tab()
    await off_loop(story.hear, "hello")
    kinds = [frame["type"] for frame in await page.quiet(0.5)]
    assert kinds.index("message") < kinds.index("people")


async def test_scripts_in_words_arrive_as_words(story, tab):
    page = await tab()
    await off_loop(story.hear, "<script>alert(1)</script>")
    assert "<script>alert" not in (await page.hear("message"))["html"]


async def test_the_tick_follows_the_delivery(story, tab):
    page = await tab()
    await page.send(story.id, "hello")
    sent = await page.hear("message")
    message = await sync_to_async(Message.objects.get)()
    shown = [sent["html"]]
    for happens, argument in ((story.deliver, message), (story.hear_read, message.payload_id)):
        await off_loop(happens, argument)
        state = await page.hear("state")
        assert (state["id"], state["html"]) == (message.hex, await sync_to_async(drawn)(message))
        shown.append(state["html"])
    assert len(set(shown)) == 3


async def test_a_message_that_is_removed_goes_from_every_tab(story, tab):
    message = await off_loop(story.say, "hello")
    page = await tab()
    await off_loop(services.cancel, message)
    await off_loop(services.delete, message)
    while (frame := await page.hear("state"))["html"]:
        pass
    assert frame["id"] == message.hex


async def test_changed_keys_are_told_at_once(story, tab):
    page = await tab()
    await off_loop(KnownPerson.objects.update, changed_statements=b"others")
    await off_loop(note, story.id, Notice.Code.KEYS_CHANGED)
    frames = await page.quiet(0.5)
    assert "have changed" in of("message", frames)[0]["html"]
    assert of("header", frames)


async def test_unread_is_the_same_in_two_tabs_and_reading_in_one_clears_both(story, tab):
    reading, other = await tab(), await tab(None)
    await off_loop(story.hear, "one")
    await off_loop(story.hear, "two")
    for page in (reading, other):
        assert of("title", await page.quiet(0.6))[-1]["unread"] == 2
    last = await sync_to_async(lambda: Message.objects.latest("pk").pk)()
    await reading.say("read", **{"with": str(story.id)}, up_to=last)
    for page in (reading, other):
        assert of("title", await page.quiet(0.6))[-1]["unread"] == 0
    assert await sync_to_async(lambda: story.conversation.unread)() == 0


async def test_what_was_read_last_is_noted_even_if_the_page_closes_at_once(story, tab):
    page = await tab()
    await off_loop(story.hear, "one")
    first = (await page.hear("message"))["pk"]
    await off_loop(story.hear, "two")
    second = (await page.hear("message"))["pk"]
    await page.say("read", **{"with": str(story.id)}, up_to=first)
    await page.say("read", **{"with": str(story.id)}, up_to=second)
    await page.leave()
    await until(lambda: story.conversation.unread == 0)


async def test_a_page_hears_nothing_of_conversations_that_it_does_not_show(story, tab, carol):
    page = await tab(carol.pk)
    await off_loop(story.hear, "secret words")
    frames = await page.quiet(0.5)
    assert of("message", frames) == []
    assert of("title", frames)[-1]["unread"] == 1


async def test_a_page_that_turns_to_alice_is_told_what_it_lacks(story, tab, carol):
    await off_loop(story.hear, "one")
    first = await sync_to_async(lambda: Message.objects.get().pk)()
    await off_loop(story.hear, "two")
    page = await tab(carol.pk)
    await page.say("open", **{"with": str(story.id)}, after=first, visible=True)
    assert "two" in (await page.hear("message"))["html"]
    assert of("message", await page.quiet(0.2)) == []


async def test_a_lost_hint_is_made_good_by_the_next(story, tab, monkeypatch):
    page = await tab()
    with monkeypatch.context() as deaf:
        deaf.setattr(events, "_send", lambda event: None)
        await off_loop(story.hear, "one")
    await off_loop(story.hear, "two")
    assert ["one" in (await page.hear("message"))["html"], "two" in (await page.hear("message"))["html"]] == [
        True,
        True,
    ]


async def test_a_page_that_comes_back_is_told_new_ticks_and_new_words_once(story, tab):
    message = await off_loop(story.say, "hello")
    page = await tab(after=message.pk)
    await page.leave()
    await off_loop(story.deliver, message)
    await off_loop(story.hear, "hi")
    back = await tab(after=message.pk)
    assert [frame["id"] for frame in of("state", back.heard)] == [message.hex]
    assert len(of("message", back.heard)) == 1


async def test_a_page_that_missed_too_much_is_told_to_load_anew(story, tab):
    for number in range(201):
        await off_loop(story.hear, str(number))
    page = await tab()
    assert of("resync", page.heard)
    assert of("message", page.heard) == []


async def test_people_are_drawn_at_most_four_times_a_second_and_the_last_state_is_shown(story, tab, monkeypatch):
    drawn, real = [], live.around
    monkeypatch.setattr(live, "around", lambda view: drawn.append(1) or real(view))
    page = await tab()
    drawn.clear()

    def rename():
        for number in range(100):
            KnownPerson.objects.update(display_name=f"Alice {number}")
            events.publish("people")

    await off_loop(rename)
    frames = await page.quiet(0.6)
    assert "Alice 99" in of("people", frames)[-1]["html"]
    assert 1 <= len(drawn) <= 4


async def test_what_did_not_change_is_not_sent_again(story, tab):
    page = await tab()
    await off_loop(events.publish, "people")
    assert await page.quiet(0.6) == []


# Who gets in, and how it ends.


@pytest.mark.parametrize("cookie", [None, "", "x" * 32, "../../etc", "x" * 5000])
async def test_a_stranger_is_closed_before_anything_is_said(story, pages, loop, cookie):
    client = Client()
    if cookie is not None:
        from django.conf import settings

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
    frames = await page.quiet()
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
