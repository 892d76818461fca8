"""A long conversation: older words come as one scrolls, and nothing jumps."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import bubble, log_of, row_of, write


@pytest.fixture(scope="module")
def long(met):
    """Lena told Bob 200 things, and he has read none of the last ten."""
    socket = met.bob.session.socket()
    socket.open(met.lena.id)
    met.lena.tell(met.bob, *(f"Thing {number} of two hundred" for number in range(1, 191)))
    last = socket.hear_words("Thing 190 of two hundred")
    socket.say(type="read", up_to=last["pk"], **{"with": met.lena.id})
    socket.close()
    met.lena.tell(met.bob, *(f"Thing {number} of two hundred" for number in range(191, 201)))
    return met


def top_of(locator):
    return locator.bounding_box()["y"]


def scroll_to(page, top):
    page.locator("#scroller").evaluate("(scroller, top) => { scroller.scrollTop = top; }", top)


def test_a_conversation_opens_at_what_is_unread(long, visit):
    page = visit.conversation(long.bob, long.lena, width=360)
    expect(page.get_by_text("New messages")).to_be_in_viewport()
    expect(bubble(page, "Thing 191 of two hundred")).to_be_in_viewport()
    look(page, "unread")
    long.lena.tell(long.bob, "Thing 201")
    # The line stays where it was while one reads.
    expect(page.get_by_text("New messages")).to_be_attached()


def test_older_words_come_as_one_scrolls_and_the_place_is_kept(long, visit):
    page = visit.conversation(long.bob, long.lena)
    rows = page.locator("#log .message")
    expect(page.get_by_text("Connected")).to_be_visible()
    before = rows.count()
    assert before <= 51
    scroll_to(page, 700)
    first = rows.first
    words = first.locator(".words").inner_text()
    scroll_to(page, 300)
    anchor = bubble(page, words)
    place = top_of(anchor)
    expect(rows.nth(before + 10)).to_be_attached()
    assert abs(top_of(anchor) - place) <= 1
    for _ in range(6):
        if bubble(page, "Thing 1 of two hundred").count():
            break
        scroll_to(page, 0)
        page.wait_for_timeout(300)
    expect(bubble(page, "Thing 1 of two hundred")).to_be_attached()
    expect(page.get_by_text("Older messages")).to_have_count(0)
    assert page.locator("#log .day").count() == 1
    assert rows.count() == len(set(rows.evaluate_all("rows => rows.map((row) => row.dataset.id)")))


def test_new_words_never_take_the_readers_place(long, visit):
    page = visit.conversation(long.bob, long.lena)
    expect(page.get_by_text("Connected")).to_be_visible()
    scroll_to(page, 900)
    place = page.locator("#scroller").evaluate("(scroller) => scroller.scrollTop")
    long.lena.tell(long.bob, "While you read", "While you still read")
    latest = page.get_by_role("button", name="latest message")
    expect(latest).to_contain_text("2")
    assert page.locator("#scroller").evaluate("(scroller) => scroller.scrollTop") == place
    look(page, "jump-to-latest")
    assert_accessible(page)
    latest.click()
    expect(bubble(page, "While you still read")).to_be_in_viewport()
    expect(latest).to_be_hidden()
    expect(row_of(page, long.lena).locator(".badge")).to_have_count(0)


def test_whoever_is_at_the_end_follows_new_words_and_own_words_always_show(long, visit):
    page = visit.conversation(long.bob, long.lena)
    expect(page.get_by_text("Connected")).to_be_visible()
    long.lena.tell(long.bob, "Right below")
    expect(bubble(page, "Right below")).to_be_in_viewport()
    scroll_to(page, 900)
    expect(write(page, "My own words")).to_be_in_viewport()


def test_the_day_stays_on_the_screen_while_one_scrolls(long, visit):
    page = visit.conversation(long.bob, long.lena)
    scroll_to(page, 1500)
    expect(log_of(page).get_by_text("Today")).to_be_in_viewport()
