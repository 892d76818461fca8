"""What Bob begins to write, and has not sent."""

import asyncio
import threading
import uuid

import pytest

from messaging import drafts
from messaging.models import Conversation
from messaging.people import people
from tests.messaging.socket import of, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_draft_is_kept_and_shown_in_the_list(story):
    drafts.keep({story.id: "About\nthe board"})
    assert drafts.draft_with(story.id) == "About\nthe board"
    assert people()["online"][0].draft == "About the board"


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_emptied_draft_is_forgotten(story, text):
    drafts.keep({story.id: "About"})
    drafts.keep({story.id: text})
    assert drafts.draft_with(story.id) == ""


def test_an_empty_draft_opens_no_conversation(story):
    drafts.keep({story.id: ""})
    assert not Conversation.objects.exists()


def test_a_draft_for_nobody_we_know_is_dropped(story):
    drafts.keep({uuid.uuid4(): "Hello?"})
    assert not Conversation.objects.exists()


def test_a_draft_beyond_what_can_be_sent_is_not_kept(story):
    drafts.keep({story.id: "short"})
    drafts.keep({story.id: "é" * 40_000})
    assert drafts.draft_with(story.id) == "short"


def test_a_draft_is_not_touched_by_words_that_arrive_or_go_out(story):
    drafts.keep({story.id: "About"})
    story.hear("Are you there?")
    story.say("Yes")
    assert drafts.draft_with(story.id) == "About"


def test_the_page_without_script_shows_the_draft_and_sending_clears_it(story, browser):
    drafts.keep({story.id: "About the board"})
    assert "About the board" in browser.get(f"/with/{story.id}/").content.decode()
    browser.post(f"/with/{story.id}/send", {"text": "About the board: no."})
    assert drafts.draft_with(story.id) == ""


async def test_the_other_tabs_show_the_draft_and_its_own_does_not_hear_of_it(story, tab):
    one, other, elsewhere = await tab(), await tab(), await tab(person=None)
    await one.say("draft", **{"with": str(story.id)}, text="About")
    assert (await other.hear("draft"))["text"] == "About"
    await until(lambda: drafts.draft_with(story.id) == "About")
    assert of("draft", await one.quiet() + await elsewhere.quiet()) == []


async def test_a_page_that_leaves_takes_no_draft_with_it(story, tab):
    page = await tab()
    for text in ("A", "Ab", "Abo", "About"):
        await page.say("draft", **{"with": str(story.id)}, text=text)
    await page.leave()
    await until(lambda: drafts.draft_with(story.id) == "About")


async def test_the_draft_that_a_page_left_comes_after_the_one_that_is_just_being_kept(story, tab, monkeypatch):
    begun, go_on, kept = threading.Event(), threading.Event(), []

    def keep(words, page=""):
        if not begun.is_set():
            begun.set()
            go_on.wait(5)
        kept.append(words[story.id])

    page = await tab()
    monkeypatch.setattr(drafts, "keep", keep)
    await page.say("draft", **{"with": str(story.id)}, text="A")
    await until(begun.is_set)
    await page.say("draft", **{"with": str(story.id)}, text="About")
    leaving = asyncio.ensure_future(page.leave())
    await asyncio.sleep(0.1)
    go_on.set()
    await leaving
    await until(lambda: len(kept) == 2)
    assert kept == ["A", "About"]


def test_a_character_that_no_database_takes_is_left_out(story):
    drafts.keep({story.id: "nul \0 inside"})
    assert drafts.draft_with(story.id) == "nul  inside"
