"""Alice without a mouse, and with a screen reader."""

import re

from playwright.sync_api import expect

from tests.browser.town import bubble, composer, log_of, read_to_end, row_of, write


def test_from_sign_in_to_a_sent_message_with_keys_only(met, visit):
    page = visit(met.alice, signed_in=False)
    for words in ("alice", met.alice.node.account.password, met.alice.node.account.backup_codes.pop()):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Connected")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("okafor")
    page.keyboard.press("Enter")
    expect(composer(page)).to_be_focused()
    page.keyboard.type("Typed, never clicked")
    page.keyboard.press("Enter")
    expect(bubble(page, "Typed, never clicked")).to_contain_text("delivered")


def test_keys_lead_between_conversations(met, visit):
    page = visit.conversation(met.alice, met.bob)
    page.keyboard.press("Control+k")
    page.keyboard.type("lena maric")
    page.keyboard.press("ArrowDown")
    expect(row_of(page, met.lena)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lena Marić", level=1)).to_be_visible()
    first = page.url
    page.keyboard.press("Alt+ArrowDown")
    expect(page).not_to_have_url(first)
    page.keyboard.press("Alt+ArrowUp")
    expect(page).to_have_url(first)
    expect(composer(page)).to_be_focused()


def test_escape_in_the_search_leads_back_to_the_words(met, visit):
    page = visit.conversation(met.alice, met.bob)
    page.keyboard.press("Control+k")
    page.keyboard.type("nobody of this name")
    expect(page.get_by_text("Nobody of this name")).to_be_visible()
    page.keyboard.press("Escape")
    expect(composer(page)).to_be_focused()
    expect(row_of(page, met.bob)).to_be_visible()


def test_f6_goes_round_the_regions(met, visit):
    page = visit.conversation(met.alice, met.bob)
    expect(composer(page)).to_be_focused()
    for region in (page.get_by_role("searchbox"), log_of(page), composer(page)):
        page.keyboard.press("F6")
        expect(region).to_be_focused()
    page.keyboard.press("Shift+F6")
    expect(log_of(page)).to_be_focused()


def test_arrows_move_between_messages_and_escape_leads_back(met, visit):
    page = visit.conversation(met.alice, met.bob)
    expect(write(page, "The one before")).to_contain_text("delivered")
    expect(write(page, "The last one")).to_contain_text("delivered")
    page.keyboard.press("ArrowUp")
    expect(bubble(page, "The last one")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(bubble(page, "The one before")).to_be_focused()
    page.keyboard.press("Escape")
    expect(composer(page)).to_be_focused()


def test_focus_stays_on_a_message_while_others_arrive_and_its_state_turns(met, visit):
    page = visit.conversation(met.alice, met.bob)
    expect(write(page, "Held in focus")).to_contain_text("delivered")
    page.keyboard.press("ArrowUp")
    met.bob.tell(met.alice, "Arrives meanwhile")
    read_to_end(visit.conversation(met.bob, met.alice))
    expect(bubble(page, "Held in focus")).to_contain_text("read")
    expect(bubble(page, "Held in focus")).to_be_focused()


def test_the_first_tab_skips_the_people(met, visit):
    page = visit(met.alice)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the conversation")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_words_that_arrive_are_spoken_once_and_history_is_not(met, visit):
    met.bob.tell(met.alice, "Old words")
    page = visit.conversation(met.alice, met.bob)
    expect(page.get_by_text("Connected")).to_be_visible()
    page.wait_for_timeout(1600)
    spoken = page.locator("#speaker")
    expect(spoken).to_be_empty()
    met.bob.tell(met.alice, "New words")
    expect(spoken).to_have_text("Bob Okafor: New words")
    assert spoken.get_attribute("aria-live") == "polite"


def test_each_message_says_whose_it_is_what_when_and_how_it_fared(met, visit):
    page = visit.conversation(met.alice, met.bob)
    expect(write(page, "As it is read out")).to_contain_text("delivered")
    spoken = bubble(page, "As it is read out").inner_text()
    assert re.match(r"You:\s*As it is read out\s*\d?\d:\d\d.*(delivered|read)", spoken, re.DOTALL), spoken
