"""What was sent beside words: the gallery, pictures and films large, and boxes that stand before what they hold."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.test_files import ARRIVED, choose, empty_tray, picture
from tests.browser.test_phone import too_small
from tests.browser.town import PHONE, WIDE, Town, Visits, bubble, write
from tests.documents import pdf

__all__ = ["empty_tray"]
# Three seconds that a browser recorded of a canvas.
FILM = Path(__file__).with_name("film.webm").read_bytes()
SCREENS = [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")]


@pytest.fixture(scope="module")
def shared(met: Town, visits: Visits) -> str:
    """Alice sends Lena a bit of everything; return the gallery's address."""
    alice = visits.conversation(met.alice, met.lena)
    choose(alice, *((f"beach-{place}.jpg", picture(900, 600 + 50 * place)) for place in range(5)), ("film.webm", FILM))
    expect(write(alice, "Pictures, see https://example.com/beach").locator(".meta")).to_contain_text(ARRIVED)
    choose(alice, ("The plan.pdf", pdf("One")), ("notes.txt", b"Notes"), ("figures.xlsx", b"\0\1\2"))
    expect(write(alice, "Files").locator(".meta")).to_contain_text(ARRIVED)
    alice.close()
    return f"/with/{met.lena.id}/gallery/"


def test_the_gallery_is_reached_from_the_conversation_and_opens_pictures_large(met: Town, visit: Visits, shared: str):
    page = visit.conversation(met.alice, met.lena)
    page.get_by_role("link", name="Shared with Lena").click()
    pictures = page.locator(".grid a")
    expect(pictures).to_have_count(6)
    pictures.first.focus()
    page.keyboard.press("ArrowRight")
    expect(pictures.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    large = page.get_by_role("dialog", name="Picture")
    expect(large.get_by_role("img", name="beach-1.jpg")).to_be_visible()
    expect(large.get_by_role("img", name="beach-1.jpg")).to_have_attribute("src", re.compile("/original$"))
    page.keyboard.press("+")
    expect(large.get_by_role("button", name="Closer")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("-")
    page.keyboard.press("ArrowRight")
    expect(large.get_by_role("img", name="beach-2.jpg")).to_be_visible()
    with page.expect_download() as saving:
        large.get_by_role("link", name="Save").click()
    assert saving.value.suggested_filename == "beach-2.jpg"
    page.keyboard.press("Escape")
    expect(pictures.nth(2)).to_be_focused()
    pictures.last.click()
    expect(large.locator("video")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Back to Lena").click()
    expect(page.get_by_role("log")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_every_shelf_is_in_order_on_every_screen(met: Town, visit: Visits, shared: str, width: int, scheme: str):
    page = visit(met.alice, shared, width=width, scheme=scheme)
    expect(page.locator(".grid img").first).to_be_visible()
    for shelf in ("media", "files", "links"):
        page.goto(f"{met.alice.node.address}{shared}?of={shelf}")
        expect(page.get_by_role("heading", level=2)).to_have_count(1)
        look(page, f"gallery-{shelf}-{width}-{scheme}")
        assert_accessible(page)
        if width == PHONE:
            assert too_small(page) == []


def test_files_and_links_have_shelves_of_their_own(met: Town, visit: Visits, shared: str):
    page = visit(met.lena, f"/with/{met.alice.id}/gallery/?of=files")
    expect(page.locator(".file-row")).to_have_count(3)
    page.get_by_role("link", name="Read The plan.pdf").click()
    expect(page.frame_locator("#reader iframe").locator("#count")).to_have_text("of 1")
    page.frame_locator("#reader iframe").locator("#pages").press("Escape")
    page.get_by_role("link", name="Links").click()
    expect(page.locator(".link-row a")).to_have_attribute("href", "https://example.com/beach")
    expect(page.locator(".link-row")).to_contain_text("Pictures, see")


def test_a_film_gets_a_picture_from_whoever_sees_it_first(met: Town, visit: Visits, shared: str):
    page = visit(met.lena)
    film = bubble(page, "Pictures, see https://example.com/beach").locator("video")
    with page.expect_response(re.compile("/poster$")) as given:
        page.goto(f"{met.lena.node.address}/with/{met.alice.id}/")
        film.scroll_into_view_if_needed()
    assert given.value.status == 204
    page.reload()
    expect(film).to_have_attribute("poster", re.compile("/preview$"))
    expect(film).to_have_attribute("width", "320")
    look(page, "film")


def test_seeking_fetches_what_is_looked_at(met: Town, visit: Visits):
    alice = visit.conversation(met.alice, met.bob)
    asked: list[str] = []
    alice.on(
        "request", lambda request: asked.append(request.headers.get("range", "")) if "/play" in request.url else None
    )
    # An EBML void behind the film: its player has no reason to read that.
    padding = 4 * 1024 * 1024
    choose(alice, ("long.webm", FILM + b"\xec\x01" + padding.to_bytes(7, "big") + bytes(padding)))
    film = write(alice, "A long one").locator("video")
    expect(film).to_be_visible(timeout=30_000)
    at = film.evaluate(
        """async (film) => {
          const heard = (kind) => new Promise((resolve) => film.addEventListener(kind, resolve, { once: true }));
          film.muted = true;
          const sought = heard("seeked");
          await film.play();
          film.currentTime = 2;
          await sought;
          film.pause();
          return film.currentTime;
        }"""
    )
    assert at >= 2
    assert any(each.startswith("bytes=") for each in asked)


def test_the_box_of_a_picture_is_there_before_the_picture(met: Town, visit: Visits, shared: str):
    page = visit(met.alice)
    held: list[Route] = []
    page.route("**/preview", lambda route: held.append(route))
    page.goto(f"{met.alice.node.address}/with/{met.lena.id}/", wait_until="domcontentloaded")
    shown = page.locator("#log a.picture img").first
    expect(shown).to_be_attached()
    boxes = "() => [...document.querySelectorAll('#log .message')].map((one) => one.getBoundingClientRect().height)"
    before = page.evaluate(boxes)
    for route in held:
        route.continue_()
    expect(page.locator("#log img").first).to_have_js_property("complete", True)
    assert page.evaluate(boxes) == before


def test_a_finger_leads_to_the_next_picture(met: Town, visit: Visits, shared: str):
    page = visit(met.alice, shared, width=PHONE)
    page.locator(".grid a").first.tap()
    large = page.get_by_role("dialog", name="Picture")
    expect(large.get_by_role("img", name="beach-0.jpg")).to_be_visible()
    swipe = """(light, [from, to]) => {
      const touch = (x) => new Touch({ identifier: 1, target: light, clientX: x, clientY: 400 });
      light.dispatchEvent(new TouchEvent("touchstart", { touches: [touch(from)], bubbles: true }));
      light.dispatchEvent(new TouchEvent("touchend", { changedTouches: [touch(to)], bubbles: true }));
    }"""
    large.evaluate(swipe, [300, 100])
    expect(large.get_by_role("img", name="beach-1.jpg")).to_be_visible()
    large.evaluate(swipe, [100, 300])
    expect(large.get_by_role("img", name="beach-0.jpg")).to_be_visible()
    look(page, "light-phone")
    assert too_small(page) == []
