"""Bob has several tabs open, and they all know the same."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.town import bubble, read_to_end, row_of, write


def unread(page, member):
    return row_of(page, member).locator(".badge")


def icon(page):
    return page.locator('link[rel="icon"]')


@pytest.fixture(autouse=True)
def read(met, visit):
    """Bob has read everything before."""
    for other in (met.alice, met.lena):
        page = visit.conversation(met.bob, other)
        read_to_end(page)
        expect(unread(page, other)).to_have_count(0)
        page.close()


def test_what_is_said_in_one_tab_is_shown_in_the_other(met, visit):
    one = visit.conversation(met.bob, met.alice)
    other = visit.conversation(met.bob, met.alice, beside=one)
    write(one, "Said in one tab")
    expect(bubble(other, "Said in one tab")).to_contain_text("delivered")
    expect(bubble(other, "Said in one tab")).to_have_count(1)
    met.alice.tell(met.bob, "Heard in both")
    for page in (one, other):
        expect(bubble(page, "Heard in both")).to_be_visible()


def test_unread_counts_are_right_in_every_tab_and_clear_in_every_tab(met, visit):
    one = visit(met.bob)
    other = visit.conversation(met.bob, met.lena, beside=one)
    met.alice.tell(met.bob, "First", "Second", "Third")
    for page in (one, other):
        expect(unread(page, met.alice)).to_contain_text("3")
        expect(page).to_have_title(re.compile(r"^\(3\) "))
        expect(icon(page)).to_have_attribute("href", re.compile("unread"))
    row_of(one, met.alice).click()
    read_to_end(one)
    for page in (one, other):
        expect(unread(page, met.alice)).to_have_count(0)
        expect(page).not_to_have_title(re.compile(r"^\("))
        expect(icon(page)).not_to_have_attribute("href", re.compile("unread"))


def test_words_read_while_the_page_loads_count_as_read(met, visit):
    met.alice.tell(met.bob, "Read at once")
    page = visit.conversation(met.bob, met.alice)
    expect(bubble(page, "Read at once")).to_be_visible()
    read_to_end(page)
    expect(unread(page, met.alice)).to_have_count(0)


def test_a_tab_that_nobody_sees_leaves_words_unread(met, visit):
    page = visit.conversation(met.bob, met.alice)
    expect(page.get_by_text("Connected")).to_be_visible()
    read_to_end(page)
    hide = "Object.defineProperty(document, 'visibilityState', {value: '%s', configurable: true});"
    page.evaluate(hide % "hidden" + "document.dispatchEvent(new Event('visibilitychange'))")
    met.alice.tell(met.bob, "Nobody looks")
    expect(bubble(page, "Nobody looks")).to_be_attached()
    expect(unread(page, met.alice)).to_contain_text("1")
    page.evaluate(hide % "visible" + "document.dispatchEvent(new Event('visibilitychange'))")
    expect(unread(page, met.alice)).to_have_count(0)
