"""PDF in the page: its first page in the conversation, and all of it where one reads, searches and selects."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Frame, Page, expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.test_files import ARRIVED, choose, empty_tray
from tests.browser.town import PHONE, Town, Visits, bubble, write
from tests.documents import pdf

__all__ = ["empty_tray"]
WORDS = [f"Chapter {number}: the plan" for number in range(1, 13)]


@pytest.fixture(scope="module")
def sent(met, visits) -> str:
    """Alice sends Bob a hostile document; return where he reads it."""
    alice = visits.conversation(met.alice, met.bob)
    scan = io.BytesIO()
    Image.effect_noise((600, 800), 90).convert("RGB").save(scan, "PDF")
    choose(alice, ("The plan.pdf", pdf(*WORDS, hostile=True)), ("Broken.pdf", b"%PDF-1.7\nnothing at all"))
    choose(alice, ("Scan.pdf", scan.getvalue()))
    expect(write(alice, "Read this").locator(".meta")).to_contain_text(ARRIVED)
    alice.close()
    page = met.bob.session.get(f"/with/{met.alice.id}/").text
    return re.search(r'class="page-one" href="([^"]+)"', page)[1]


def opened(page: Page) -> Frame:
    frame = page.frame_locator("#reader iframe")
    expect(frame.locator("#count")).to_have_text("of 12")
    return frame


def test_the_first_page_is_shown_and_the_document_opens_over_the_conversation(met: Town, visit: Visits, sent: str):
    page = visit.conversation(met.bob, met.alice)
    shown = bubble(page, "Read this")
    expect(shown.get_by_role("img", name="Read The plan.pdf")).to_be_visible()
    look(page, "pdf-talk")
    shown.locator("a.page-one").first.click()
    frame = opened(page)
    expect(frame.locator(".textLayer").first).to_contain_text(WORDS[0])
    assert_accessible(page)
    frame.locator("#pages").press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    expect(shown.locator("a.page-one").first).to_be_focused()


def test_words_are_found_and_can_be_selected(met: Town, visit: Visits, sent: str):
    page = visit(met.bob, sent)
    expect(page.locator("#count")).to_have_text("of 12")
    page.keyboard.press("Control+f")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("plan")
    expect(page.locator("#found")).to_have_text("1 of 12")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_have_text("2 of 12")
    expect(page.locator(".highlight.selected")).to_have_text("plan")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#found")).to_have_text("1 of 12")
    look(page, "pdf-found")
    page.get_by_role("searchbox").fill("nowhere")
    expect(page.locator("#found")).to_have_text("None")
    page.get_by_role("searchbox").fill("")
    page.locator(".textLayer span").first.select_text()
    assert page.evaluate("getSelection().toString()") == WORDS[0]


def test_pages_turn_and_grow_by_keys(met: Town, visit: Visits, sent: str):
    page = visit(met.bob, sent)
    expect(page.locator("#count")).to_have_text("of 12")
    expect(page.locator("#pages")).to_be_focused()
    before = page.locator(".page").first.bounding_box()["width"]
    page.keyboard.press("+")
    assert page.locator(".page").first.bounding_box()["width"] > before
    page.keyboard.press("0")
    assert page.locator(".page").first.bounding_box()["width"] == before
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Page", exact=True)).to_have_value("2")
    page.get_by_label("Page", exact=True).fill("12")
    page.keyboard.press("Enter")
    expect(page.locator(".page").last.locator(".textLayer")).to_contain_text(WORDS[-1])
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    expect(page.get_by_label("Page", exact=True)).to_have_value("1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_document_is_read_on_a_phone(met: Town, visit: Visits, sent: str, scheme: str):
    page = visit(met.bob, sent, width=PHONE, scheme=scheme)
    expect(page.locator(".textLayer").first).to_contain_text(WORDS[0])
    # However long its name is.
    page.locator("h1 bdi").evaluate("(name) => { name.textContent = 'The plan of record '.repeat(9); }")
    look(page, f"pdf-phone-{scheme}")
    assert_accessible(page)


def test_what_is_no_document_says_so(met: Town, visit: Visits, sent: str):
    page = visit.conversation(met.bob, met.alice)
    bubble(page, "Read this").get_by_role("link", name="Read Broken.pdf").click()
    expect(page.frame_locator("#reader iframe").get_by_role("alert")).to_contain_text("damaged")


def test_a_scanned_page_is_drawn(met: Town, visit: Visits, sent: str):
    page = visit.conversation(met.bob, met.alice)
    bubble(page, "Read this").get_by_role("link", name="Read Scan.pdf", exact=True).last.click()
    canvas = page.frame_locator("#reader iframe").locator(".canvasWrapper canvas").first
    expect(canvas).to_be_visible()
    colours = "(canvas) => new Set(canvas.getContext('2d').getImageData(0, 0, 50, 50).data).size"
    assert canvas.evaluate(colours) > 20


def test_the_page_allows_no_more_than_it_needs(met: Town, sent: str):
    policy = met.bob.session.get(sent).headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert {rules[name] for name in ("script-src", "worker-src", "connect-src", "style-src")} == {"'self'"}
    assert rules["frame-ancestors"] == "'self'"
    assert rules["img-src"] == "'self'"
    assert "unsafe" not in policy
    worker = met.bob.session.get("/static/peernet/vendor/pdfjs/pdf.worker.min.mjs")
    assert worker.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    others = met.bob.session.get("/").headers
    assert "worker-src" not in others["Content-Security-Policy"]
    assert others["X-Frame-Options"] == "DENY"
