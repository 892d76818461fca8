"""Alice and Bob talk at their pages."""

import signal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import bubble, composer, read_to_end, row_of, write

TEXTS = {
    "german": "Grüße aus Köln, und 100 € für Dich",
    "arabic": "مرحبا بالعالم، كيف حالك؟",
    "hebrew": "שלום, מה שלומך?",
    "japanese": "来週の取締役会の資料を確認しました。",
    "hindi": "नमस्ते, आप कैसे हैं?",
    "emoji": "👩🏽‍🚀 🏳️‍🌈 👍🏿",
    "marks": "Z̸͍̓a̷lgo and e\u0301",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)> <b>bold</b> &amp;",
    "template": "{{ 7|add:7 }} {% url 'x' %} ${1+1}",
}


def test_words_go_both_ways_and_the_tick_turns_without_a_reload(met, visit):
    alice, bob = visit.conversation(met.alice, met.bob), visit(met.bob)
    sent = write(alice, "Did you see the new numbers?")
    expect(sent).to_contain_text("delivered")
    row_of(bob, met.alice).click()
    expect(bubble(bob, "Did you see the new numbers?")).to_be_visible()
    read_to_end(bob)
    expect(sent).to_contain_text("read")
    write(bob, "I did, and I like them")
    expect(bubble(alice, "I did, and I like them")).to_be_visible()
    look(alice, "talk")
    assert_accessible(alice)


def test_the_bubble_is_there_before_the_node_has_answered(met, visit):
    page = visit.conversation(met.alice, met.bob)
    expect(page.get_by_text("Connected")).to_be_visible()
    met.alice.node.process.send_signal(signal.SIGSTOP)
    try:
        sent = write(page, "At once")
        expect(sent).to_contain_text("on its way", timeout=500)
        assert composer(page).input_value() == ""
    finally:
        met.alice.node.process.send_signal(signal.SIGCONT)
    expect(sent).to_contain_text("delivered")
    expect(sent).to_have_count(1)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_words_arrive_as_they_were_typed(met, visit, text):
    alice, bob = visit.conversation(met.alice, met.bob), visit.conversation(met.bob, met.alice)
    write(alice, text)
    for page in (alice, bob):
        expect(bubble(page, text).last).to_be_visible()
        assert page.locator("#log .words :is(script, img, b)").count() == 0
        assert page.locator("#people :is(script, img, b)").count() == 0


def test_several_lines_stay_several_lines(met, visit):
    page = visit.conversation(met.alice, met.bob)
    composer(page).click()
    page.keyboard.type("first")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second")
    page.keyboard.press("Enter")
    words = page.locator(".message.mine .words", has_text="second").last
    assert words.inner_text() == "first\nsecond"


def test_a_letter_from_an_input_method_does_not_send(met, visit):
    page = visit.conversation(met.alice, met.bob)
    composer(page).fill("かな")
    composer(page).dispatch_event("keydown", {"key": "Enter", "isComposing": True, "keyCode": 229})
    expect(composer(page)).to_have_value("かな")
    assert bubble(page, "かな").count() == 0
    composer(page).fill("")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is nothing to send yet"),
        ("   \n ", "There is nothing to send yet"),
        # The page takes these for words, and the node does not.
        ("\u200b\u2060", "There is nothing to send yet"),
        ("x" * 65_537, "too long"),
        ("é" * 40_000, "too long"),
        ("nul \0 inside", "invisible character"),
    ],
    ids=["empty", "spaces", "invisible", "long", "long-in-bytes", "nul"],
)
def test_what_cannot_be_sent_is_explained_and_stays_in_the_composer(met, visit, text, sentence):
    page = visit.conversation(met.alice, met.bob)
    expect(page.get_by_text("Connected")).to_be_visible()
    write(page, text)
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(composer(page)).to_have_value(text)
    assert page.locator(".pending").count() == 0
    composer(page).fill("x")
    expect(page.get_by_role("alert")).to_be_hidden()
    composer(page).fill("")


def test_the_longest_words_are_sent(met, visit):
    page = visit.conversation(met.alice, met.bob)
    text = "word " * 13_107
    composer(page).fill(text)
    composer(page).press("Enter")
    expect(page.locator(".message.mine").last).to_contain_text("delivered")
    assert page.locator(".message.mine .words").last.text_content() == text


def test_what_waits_can_be_taken_back_sent_again_and_removed(met, visit):
    page = visit.conversation(met.alice, met.lena)
    met.lena.node.process.send_signal(signal.SIGSTOP)
    try:
        sent = write(page, "Too early")
        expect(sent).to_contain_text("waiting")
        sent.hover()
        sent.get_by_role("button", name="Take back").click()
        expect(sent).to_contain_text("You cancelled this message")
        assert_accessible(page)
        look(page, "failed")
        sent.get_by_role("button", name="Retry").click()
        expect(sent).to_contain_text("waiting")
        sent.hover()
        sent.get_by_role("button", name="Take back").click()
        sent.get_by_role("button", name="Delete").click()
        expect(sent).to_have_count(0)
        again = write(page, "Now it is time")
    finally:
        met.lena.node.process.send_signal(signal.SIGCONT)
    expect(again).to_contain_text("delivered", timeout=20_000)


def test_a_few_emoji_alone_are_large_and_addresses_are_links(met, visit):
    alice, bob = visit.conversation(met.alice, met.bob), visit.conversation(met.bob, met.alice)
    size = "(words) => parseFloat(getComputedStyle(words).fontSize)"
    for text, is_large in (("👩🏽‍🚀👍🏿 🇳🇿", True), ("👍👍👍👍", False), ("👍 yes", False), ("123", False)):
        write(alice, text)
        assert (bubble(bob, text).locator(".words").last.evaluate(size) > 30) is is_large
    write(alice, "Read https://example.com/plan?a=1&b=2 and javascript:alert(1)")
    links = bob.locator("#log .message").last.locator(".words a")
    expect(links).to_have_count(1)
    assert links.get_attribute("href") == "https://example.com/plan?a=1&b=2"
    assert links.get_attribute("rel") == "noopener noreferrer nofollow"
    look(bob, "emoji-and-links")
