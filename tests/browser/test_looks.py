"""Every page, wide and on a phone, light and dark: pictures to look at, and axe finds nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE, WIDE, composer, row_of, write

SIGNED_IN = {"people": "/", "me": "/me/", "missing": "/nothing/here"}
SIGNED_OUT = {"sign-in": "/sign-in", "invitation": "/invitation/"}


@pytest.fixture(
    params=[(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")], ids=lambda p: f"{p[0]}-{p[1]}"
)
def screen(request):
    return dict(zip(("width", "scheme"), request.param, strict=True))


def name_of(page_name, screen):
    return f"{page_name}-{screen['width']}-{screen['scheme']}"


@pytest.mark.parametrize("name", [*SIGNED_IN, *SIGNED_OUT])
def test_axe_finds_nothing_on_any_page(met, visit, screen, name):
    if name in SIGNED_IN:
        page = visit(met.alice, SIGNED_IN[name], **screen)
    else:
        page = visit(met.alice, SIGNED_OUT[name], signed_in=False, **screen)
    look(page, name_of(name, screen))
    assert_accessible(page)


def test_axe_finds_nothing_in_a_conversation(met, visit, screen):
    met.bob.tell(met.alice, "Numbers: 1, 2, 3", "مرحبا")
    page = visit.conversation(met.alice, met.bob, **screen)
    expect(write(page, "Seen 👀").last).to_contain_text("delivered")
    expect(write(page, "x" * 65_537)).to_have_count(0)
    composer(page).fill("A draft")
    composer(page).press("Enter")
    look(page, name_of("conversation", screen))
    assert_accessible(page)


def test_the_colours_follow_the_system_at_once(met, visit):
    page = visit.conversation(met.alice, met.bob)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) != light
    page.emulate_media(color_scheme="light")
    assert page.evaluate(ground) == light


def test_forced_colours_keep_every_shape(met, visit):
    page = visit.conversation(met.alice, met.bob, forced_colors="active")
    expect(write(page, "In forced colours").last).to_contain_text("delivered")
    look(page, "forced-colours")
    for shape in (".bubble", ".avatar", "#words", ".composer .send"):
        style = page.locator(shape).first.evaluate("(one) => getComputedStyle(one).borderTopStyle")
        assert style != "none", shape
    assert row_of(page, met.bob).evaluate("(one) => getComputedStyle(one).outlineStyle") != "none"


def test_nothing_moves_where_the_system_asks_for_calm(met, visit):
    page = visit.conversation(met.alice, met.bob, reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((one) => {
             const style = getComputedStyle(one);
             return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0
               || style.scrollBehavior === "smooth";
           }).map((one) => {
             const style = getComputedStyle(one);
             return [one.outerHTML.slice(0, 60), style.animationName, style.transitionDuration, style.scrollBehavior];
           })"""
    )
    assert moving == []


def test_nothing_jumps_while_a_conversation_loads(met, visit):
    page = visit(met.alice)
    page.evaluate(
        """window.shift = 0; new PerformanceObserver((list) => {
             for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
           }).observe({type: "layout-shift", buffered: true})"""
    )
    row_of(page, met.bob).click()
    expect(composer(page)).to_be_focused()
    page.wait_for_timeout(500)
    assert page.evaluate("window.shift") < 0.02
