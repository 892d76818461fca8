"""What Bob says on his live page: stored once and in order, or answered with a sentence."""

import threading
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache

from messaging import composer, consumers
from messaging.models import Message
from peers.models import Delivery, SessionUse
from tests.messaging.socket import drawn, of, until

pytestmark = pytest.mark.django_db(transaction=True)


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
        assert "hello" in (await page.hear("message"))["html"]
        assert of("message", await page.quiet(0.3)) == []


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


async def test_input_at_an_open_page_counts_as_a_use_of_its_browser(story, tab):
    page = await tab()
    await until(SessionUse.objects.exists)
    await sync_to_async(SessionUse.objects.all().delete)()
    cache.clear()
    await page.say("active")
    await until(SessionUse.objects.exists)
