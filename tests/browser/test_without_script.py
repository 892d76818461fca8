"""Alice's browser runs no script: she reads and writes all the same."""

from secrets import token_hex

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import look
from tests.browser.town import PHONE, WIDE, bubble, composer, row_of


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_reading_and_sending_work_without_script(met, visit, width):
    question, answer, thanks = (f"{words}, {token_hex(4)}" for words in ("Without script?", "Yes", "Good"))
    met.lena.tell(met.alice, "Stays unread")
    met.bob.tell(met.alice, question)
    page = visit(met.alice, script=False, width=width)
    page.get_by_role("link", name="Bob Okafor").click()
    expect(bubble(page, question)).to_be_visible()
    composer(page).fill(answer)
    page.get_by_role("button", name="Send").click()
    expect(bubble(page, answer)).to_be_visible()
    met.bob.tell(met.alice, thanks)
    page.get_by_role("link", name="Look for new messages").click()
    expect(bubble(page, thanks)).to_be_visible()
    page.get_by_role("button", name="Mark as read").click()
    expect(row_of(page, met.bob).locator(".badge")).to_have_count(0)
    expect(row_of(page, met.lena).locator(".badge")).to_have_count(1)
    look(page, f"no-script-{width}")


def test_what_cannot_be_sent_is_explained_without_script(met, visit):
    page = visit.conversation(met.alice, met.bob, script=False)
    composer(page).fill("x" * 65_537)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("too long")
    expect(composer(page)).to_have_value("x" * 65_537)


def test_nothing_is_shown_that_needs_a_script(met, visit):
    page = visit.conversation(met.alice, met.bob, script=False)
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.locator("#latest")).to_be_hidden()
