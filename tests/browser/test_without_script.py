"""Alice's browser runs no script: she reads and writes all the same."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import look
from tests.browser.town import PHONE, WIDE, bubble, composer


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_reading_and_sending_work_without_script(met, visit, width):
    met.bob.tell(met.alice, f"Without script at {width}?")
    page = visit(met.alice, script=False, width=width)
    page.get_by_role("link", name="Bob Okafor").click()
    expect(bubble(page, f"Without script at {width}?")).to_be_visible()
    composer(page).fill(f"Yes, at {width}")
    page.get_by_role("button", name="Send").click()
    expect(bubble(page, f"Yes, at {width}")).to_be_visible()
    expect(page).not_to_have_title("(1)")
    met.bob.tell(met.alice, f"Good at {width}")
    page.get_by_role("link", name="Look for new messages").click()
    expect(bubble(page, f"Good at {width}")).to_be_visible()
    page.get_by_role("button", name="Mark as read").click()
    expect(page.locator("#people .badge")).to_have_count(0)
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
