"""Alice on a phone: one pane at a time, nothing sideways, everything big enough for a thumb."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import look
from tests.browser.town import PHONE, bubble, composer, row_of, write

# Links inside a text are as tall as their line.
TARGETS = ":is(button, input:not([type=hidden]), textarea, summary, a:not(p a, .words a, .spoken, .skip)):visible"


def too_small(page):
    boxes = page.locator(TARGETS).evaluate_all(
        """all => all.map((one) => {
             const box = one.getBoundingClientRect(), more = getComputedStyle(one, "::after");
             const reach = (side) => (more.content === "none" ? 0 : Math.max(0, -parseFloat(more[side]) || 0));
             return [one.outerHTML.slice(0, 80), box.width + reach("left") + reach("right"),
                     box.height + reach("top") + reach("bottom")];
           })"""
    )
    return [box for box in boxes if box[1] < 43.5 or box[2] < 43.5]


def test_one_pane_shows_at_a_time_and_back_leads_to_the_people(met, visit):
    page = visit(met.alice, width=PHONE)
    assert page.get_by_role("navigation", name="People").bounding_box()["width"] == PHONE
    assert page.get_by_role("navigation", name="People").bounding_box()["height"] == page.viewport_size["height"]
    row_of(page, met.bob).click()
    expect(composer(page)).to_be_visible()
    expect(row_of(page, met.bob)).to_be_hidden()
    page.get_by_role("link", name="Back").click()
    expect(row_of(page, met.bob)).to_be_visible()
    expect(composer(page)).to_have_count(0)
    page.go_back()
    expect(composer(page)).to_be_visible()


def test_nothing_scrolls_sideways_whatever_is_said(met, visit):
    page = visit.conversation(met.alice, met.bob, width=PHONE)
    word = "Donaudampfschifffahrtsgesellschaftskapitän" * 6
    write(page, word)
    write(page, "https://example.com/" + "a" * 300)
    write(page, "```\n" + "x" * 200 + "\n```")
    expect(bubble(page, word).last).to_be_visible()
    look(page, "phone-long-words")
    inner = page.locator("#scroller").evaluate("(scroller) => scroller.scrollWidth - scroller.clientWidth")
    assert inner == 0


@pytest.mark.parametrize("path", ["/", "/sign-in", "/invitation/", "conversation"])
def test_everything_is_big_enough_for_a_thumb(met, visit, path):
    if path == "conversation":
        page = visit.conversation(met.alice, met.bob, width=PHONE)
        expect(write(page, "Big enough")).to_contain_text("delivered")
    else:
        page = visit(met.alice, path, width=PHONE, signed_in=path == "/")
    look(page, f"phone-{path.strip('/') or 'people'}")
    assert too_small(page) == []


def test_the_composer_grows_with_the_words_up_to_two_fifths_of_the_screen(met, visit):
    page = visit.conversation(met.alice, met.bob, width=PHONE)
    low = composer(page).bounding_box()["height"]
    composer(page).fill("one\ntwo\nthree")
    assert composer(page).bounding_box()["height"] > low
    composer(page).fill("line\n" * 100)
    assert composer(page).bounding_box()["height"] <= 0.4 * 860 + 1
    expect(page.locator("#log .message").last).to_be_in_viewport()
    composer(page).fill("")
    assert composer(page).bounding_box()["height"] == low


def test_at_four_times_the_size_a_wide_window_is_a_phone(met, visit):
    # 1280 pixels at 400 % are 320.
    page = visit.conversation(met.alice, met.bob, width=320)
    look(page, "zoomed")
    expect(composer(page)).to_be_visible()
