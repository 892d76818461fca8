"""Alice looks closer: how a message fared, long ones, and notices outside the page."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE, WIDE, bubble, composer, read_to_end, row_of, write

# Stands in for the browser's notices, which no headless browser shows.
NOTICES = """
  window.notices = []; window.asked = 0;
  class Notice extends EventTarget {
    static permission = "default";
    static async requestPermission() { window.asked += 1; Notice.permission = "granted"; return "granted"; }
    constructor(title, { body, tag }) { super(); window.notices.push([title, body, tag]); window.last = this; }
    close() {}
  }
  window.Notification = Notice;
"""


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide", "phone"])
def test_a_click_on_the_state_tells_how_a_message_fared(met, visit, width, scheme):
    page = visit.conversation(met.alice, met.bob, width=width, scheme=scheme)
    text = f"How does this fare at {width}?"
    sent = write(page, text)
    expect(sent).to_contain_text("delivered")
    sent.get_by_role("link", name="details").click()
    dialog = page.get_by_role("dialog", name="How this message fared")
    expect(dialog).to_contain_text("Delivered to Bob Okafor")
    look(page, f"fate-{width}")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_enter_on_a_message_opens_the_same_and_focus_comes_back(met, visit):
    page = visit.conversation(met.alice, met.bob)
    expect(write(page, "By the keys")).to_contain_text("delivered")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Written by you")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(composer(page)).to_be_focused()


def test_without_script_the_state_leads_to_a_page(met, visit):
    met.bob.tell(met.alice, "A page of its own")
    page = visit.conversation(met.alice, met.bob, script=False)
    bubble(page, "A page of its own").get_by_role("link", name="details").click()
    expect(page.get_by_role("heading", name="How this message fared")).to_be_visible()
    expect(page.get_by_text("Arrived here")).to_be_visible()
    look(page, "fate-no-script")
    page.get_by_role("link", name="Back to the conversation").click()
    expect(bubble(page, "A page of its own")).to_be_visible()


def test_a_long_message_shows_its_beginning_and_the_rest_when_asked(met, visit):
    page = visit.conversation(met.alice, met.bob)
    text = "\n".join(f"Point {number} of the agenda" for number in range(1, 61))
    composer(page).fill(text)
    composer(page).press("Enter")
    sent = page.locator(".message.mine", has_text="Point 60 of the agenda").last
    expect(sent).to_contain_text("delivered")
    low = sent.bounding_box()["height"]
    assert low < 600
    look(page, "long")
    sent.get_by_role("button", name="Show more").click()
    assert sent.bounding_box()["height"] > 2 * low
    # It stays open when its state turns.
    read_to_end(visit.conversation(met.bob, met.alice))
    expect(sent).to_contain_text("read")
    sent.get_by_role("button", name="Show less").click()
    assert sent.bounding_box()["height"] < 600


def test_without_script_a_long_message_is_whole(met, visit):
    met.bob.tell(met.alice, "\n".join(["many"] * 60))
    page = visit.conversation(met.alice, met.bob, script=False)
    assert page.locator(".message.long").last.bounding_box()["height"] > 1000
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_notices_are_asked_for_after_a_click_only_and_name_nobodys_words(met, visit):
    page = visit.conversation(met.alice, met.bob, signed_in=False)
    page.context.add_cookies(met.alice.cookies)
    page.add_init_script(NOTICES)
    page.goto(f"{met.alice.node.address}/with/{met.bob.id}/")
    expect(page.get_by_text("Connected")).to_be_visible()
    assert page.evaluate("window.asked") == 0
    page.get_by_role("button", name="Notify me of new messages").click()
    expect(page.get_by_role("button", name="Notify me of new messages")).to_be_hidden()
    met.bob.tell(met.alice, "Seen on the screen")
    expect(bubble(page, "Seen on the screen")).to_be_visible()
    met.lena.tell(met.alice, "A secret of Lena's")
    expect(row_of(page, met.lena)).to_contain_text("A secret of Lena's")
    notices = page.evaluate("window.notices")
    assert [(title, tag) for title, _, tag in notices] == [("Lena Marić", f"peernet-{met.lena.id}")]
    assert "secret" not in notices[0][1]
    page.evaluate("window.last.dispatchEvent(new Event('click'))")
    expect(bubble(page, "A secret of Lena's")).to_be_visible()


def test_whoever_asks_not_to_be_disturbed_gets_no_notices_but_the_counts(met, visit):
    page = visit.conversation(met.alice, met.bob)
    page.add_init_script(NOTICES.replace('"default"', '"granted"'))
    page.reload()
    say = visit(met.alice, "/me/")
    say.get_by_label("Do not disturb").check()
    say.get_by_role("button", name="Save your status").click()
    expect(page.get_by_text("Do not disturb: nothing pops up here")).to_be_visible()
    expect(page.locator(".me .presence")).to_have_class("presence dnd")
    look(page, "do-not-disturb")
    assert_accessible(page)
    before = row_of(page, met.lena).get_attribute("data-unread")
    met.lena.tell(met.alice, "Not urgent")
    expect(row_of(page, met.lena)).to_have_attribute("data-unread", str(int(before) + 1))
    assert page.evaluate("window.notices") == []
    say.get_by_label("Online, or idle").check()
    say.get_by_role("button", name="Save your status").click()
    expect(page.get_by_text("Do not disturb: nothing pops up here")).to_be_hidden()
    met.lena.tell(met.alice, "Urgent now")
    expect(row_of(page, met.lena)).to_have_attribute("data-unread", str(int(before) + 2))
    assert [title for title, _, _ in page.evaluate("window.notices")] == ["Lena Marić"]
