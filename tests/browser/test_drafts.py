"""Alice begins to write, and goes on later or in another tab."""

import pytest
from playwright.sync_api import expect

from tests.browser.town import bubble, composer, row_of, write


@pytest.fixture
def draft(met, visit):
    """Alice's page, with words begun and kept by her node; empty again afterwards."""
    page = visit.conversation(met.alice, met.bob)
    expect(page.get_by_text("Connected")).to_be_visible()
    elsewhere = visit.conversation(met.alice, met.lena)
    composer(page).fill("About the board")
    expect(row_of(elsewhere, met.bob)).to_contain_text("Draft: About the board")
    yield page
    left = visit.conversation(met.alice, met.bob)
    expect(left.get_by_text("Connected")).to_be_visible()
    composer(left).fill("x")
    expect(row_of(elsewhere, met.bob)).to_contain_text("Draft: x")
    composer(left).fill("")
    expect(row_of(elsewhere, met.bob)).not_to_contain_text("Draft")


def test_a_draft_is_there_after_a_reload_and_in_another_browser(draft, met, visit):
    draft.reload()
    expect(composer(draft)).to_have_value("About the board")
    phone = visit.conversation(met.alice, met.bob, width=360)
    expect(composer(phone)).to_have_value("About the board")


def test_a_draft_waits_while_one_talks_with_somebody_else(draft, met):
    row_of(draft, met.lena).click()
    expect(composer(draft)).to_have_value("")
    row_of(draft, met.bob).click()
    expect(composer(draft)).to_have_value("About the board")


def test_two_tabs_show_the_same_draft_and_sending_it_clears_both(draft, met, visit):
    other = visit.conversation(met.alice, met.bob, beside=draft)
    composer(other).fill("About the board: Tuesday")
    expect(composer(draft)).to_have_value("About the board: Tuesday")
    composer(draft).press("Enter")
    expect(bubble(other, "About the board: Tuesday")).to_be_visible()
    expect(composer(other)).to_have_value("")
    expect(composer(draft)).to_have_value("")


def test_words_typed_right_before_leaving_are_kept(draft, met, visit):
    composer(draft).fill("About the board, in a hurry")
    draft.close()
    again = visit.conversation(met.alice, met.bob)
    for _ in range(20):
        if composer(again).input_value() == "About the board, in a hurry":
            break
        again.reload()
    expect(composer(again)).to_have_value("About the board, in a hurry")


def test_a_sent_draft_does_not_come_back(met, visit):
    page = visit.conversation(met.alice, met.bob)
    expect(write(page, "Not a draft any more")).to_contain_text("delivered")
    page.reload()
    expect(composer(page)).to_have_value("")
