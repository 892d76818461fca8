"""What Bob's live pages are told: all that happens, once, and the same in every tab."""

import time

import pytest
from asgiref.sync import sync_to_async

from messaging import live, services
from messaging.consumers import AROUND_EVERY
from messaging.conversations import note
from messaging.models import Message, Notice
from peers import events
from peers.models import KnownPerson
from tests.messaging.socket import drawn, of, off_loop, until

pytestmark = pytest.mark.django_db(transaction=True)


async def test_alices_words_appear_and_count_in_the_title(story, tab):
    page = await tab()
    await off_loop(story.hear, "hello")
    frames = await page.up_to("title")
    (message,) = of("message", frames)
    assert "hello" in message["html"]
    assert frames[-1]["unread"] == 1
    assert of("people", frames)


async def test_words_are_sent_before_what_stands_around_them(story, tab):
    page = await tab()
    await off_loop(story.hear, "hello")
    assert of("message", await page.up_to("people"))


async def test_scripts_in_words_arrive_as_words(story, tab):
    page = await tab()
    await off_loop(story.hear, "<script>alert(1)</script>")
    assert "<script>alert" not in (await page.hear("message"))["html"]


async def test_the_tick_follows_the_delivery(story, tab):
    page = await tab()
    await page.send(story.id, "hello")
    sent = await page.hear("message")
    message = await sync_to_async(Message.objects.get)()
    for happens, argument, state in (
        (story.deliver, message, "delivered"),
        (story.hear_read, message.payload_id, "read"),
    ):
        await off_loop(happens, argument)
        assert await page.hear("ticks") == {"type": "ticks", "pks": [sent["pk"]], "state": state}


async def test_a_message_that_fails_is_drawn_anew(story, tab):
    message = await off_loop(story.say, "hello")
    page = await tab(after=message.pk)
    await off_loop(services.cancel, message)
    assert (await page.hear("state"))["html"] == await sync_to_async(drawn)(message)


async def test_a_message_that_is_removed_goes_from_every_tab(story, tab):
    message = await off_loop(story.say, "hello")
    page = await tab()
    await off_loop(services.cancel, message)
    await off_loop(services.delete, message)
    while (frame := await page.hear("state"))["html"]:
        pass
    assert frame["id"] == message.hex


async def test_changed_keys_are_told_at_once(story, tab, other_keys):
    page = await tab()
    await off_loop(KnownPerson.objects.update, changed_statements=other_keys)
    await off_loop(note, story.id, Notice.Code.KEYS_CHANGED)
    assert "have changed" in (await page.hear("message"))["html"]
    assert await page.hear("header")


async def test_unread_is_the_same_in_two_tabs_and_reading_in_one_clears_both(story, tab):
    reading, other = await tab(), await tab(None)
    await off_loop(story.hear, "one")
    await off_loop(story.hear, "two")
    for page in (reading, other):
        await page.counts(unread=2)
    last = await sync_to_async(lambda: Message.objects.latest("pk").pk)()
    await reading.say("read", **{"with": str(story.id)}, up_to=last)
    for page in (reading, other):
        await page.counts(unread=0)
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
    frames = await page.up_to("title")
    assert of("message", frames + await page.quiet()) == []
    assert frames[-1]["unread"] == 1


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
    drawn, real = [], live.surroundings
    monkeypatch.setattr(live, "surroundings", lambda person: drawn.append(1) or real(person))
    page = await tab()
    drawn.clear()

    def rename():
        for number in range(100):
            KnownPerson.objects.update(display_name=f"Alice {number}")
            events.publish("people")

    began = time.monotonic()
    await off_loop(rename)
    while "Alice 99" not in (await page.hear("people"))["html"]:
        pass
    # One at once, one at the end, and four for each second in between.
    assert 1 <= len(drawn) <= 2 + (time.monotonic() - began) / AROUND_EVERY


async def test_what_did_not_change_is_not_sent_again(story, tab):
    page = await tab()
    await off_loop(events.publish, "people")
    assert await page.quiet(0.6) == []


async def test_pages_that_lack_the_same_are_told_by_one_look(story, tab, monkeypatch):
    await off_loop(story.hear, "good morning")
    pages = [await tab() for _ in range(3)]
    for page in pages:
        await page.quiet(0.3)
    looks, real = [], live.news
    monkeypatch.setattr(live, "news", lambda view: looks.append(1) or real(view))
    await off_loop(story.hear, "hello, all of you")
    shown = [await page.hear("message") for page in pages]
    assert all("hello, all of you" in frame["html"] for frame in shown)
    assert len(looks) == 1
