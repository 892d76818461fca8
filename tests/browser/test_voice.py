"""Voice notes, with Chromium's own beep for a microphone."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.test_files import ARRIVED, empty_tray, tray
from tests.browser.town import PHONE, Town, Visits, bubble, write

__all__ = ["empty_tray"]
LENGTH = re.compile(r"0:0[1-9]")


def record(page: Page) -> None:
    """Record for two seconds, long enough for a beep."""
    page.get_by_role("button", name="Record a voice note").click()
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    expect(page.locator("#recording .clock")).to_have_text("0:02")


def test_a_voice_note_is_recorded_heard_and_sent(met: Town, visit: Visits):
    alice = visit.conversation(met.alice, met.bob, permissions=["microphone"])
    bob = visit.conversation(met.bob, met.alice)
    record(alice)
    assert alice.evaluate("document.querySelector('#recording meter').value") >= 0
    look(alice, "voice-recording")
    assert_accessible(alice)
    alice.keyboard.press("Enter")
    row = tray(alice).filter(has_text="Voice note")
    expect(row.locator(".sound .clock")).to_have_text(LENGTH)
    row.get_by_role("button", name="Play").click()
    expect(row.get_by_role("button", name="Pause")).to_be_visible()
    look(alice, "voice-tray")
    assert_accessible(alice)
    sent = write(alice, "Listen to this")
    expect(sent.locator(".meta")).to_contain_text(ARRIVED)
    for page in (alice, bob):
        shown = bubble(page, "Listen to this")
        expect(shown.locator(".sound .clock")).to_have_text(LENGTH)
        levels = shown.locator(".sound canvas").evaluate(
            "(canvas) => new Set(canvas.getContext('2d').getImageData(0, 2, canvas.width, 1).data).size"
        )
        assert levels > 1, "the waveform is flat"
    shown = bubble(bob, "Listen to this")
    look(bob, "voice-talk")
    assert_accessible(bob)
    shown.get_by_role("slider").press("End")
    expect(shown.get_by_role("slider")).not_to_have_attribute("aria-valuenow", "0")
    shown.get_by_role("slider").press("Home")
    shown.get_by_role("button", name="Speed 1").click()
    assert shown.locator("audio").evaluate("(audio) => audio.playbackRate") == 1.5
    shown.get_by_role("button", name="Play").click()
    expect(shown.get_by_role("button", name="Pause")).to_be_visible()
    expect(shown.get_by_role("button", name="Play")).to_be_visible()


def test_a_voice_note_is_discarded_or_recorded_again(met: Town, visit: Visits):
    page = visit.conversation(met.alice, met.bob, permissions=["microphone"])
    record(page)
    page.get_by_role("button", name="Pause").click()
    resting = page.locator("#recording .clock").text_content()
    page.get_by_role("button", name="Go on recording").click()
    expect(page.locator("#recording .clock")).not_to_have_text(resting)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Record a voice note")).to_be_focused()
    expect(tray(page)).to_have_count(0)
    record(page)
    page.get_by_role("button", name="Stop").click()
    expect(tray(page)).to_have_count(1)
    page.get_by_role("button", name="Record again").click()
    expect(tray(page)).to_have_count(0)
    page.get_by_role("button", name="Discard").click()
    expect(tray(page)).to_have_count(0)


def test_what_is_recorded_waits_when_the_conversation_is_left(met: Town, visit: Visits):
    page = visit.conversation(met.alice, met.bob, permissions=["microphone"], width=PHONE, scheme="dark")
    record(page)
    look(page, "voice-recording-phone")
    page.get_by_role("link", name="Back").click()
    page.locator(f'#people .person[data-person="{met.bob.id}"]').click()
    expect(tray(page).locator(".sound .clock")).to_have_text(LENGTH)
    look(page, "voice-tray-phone")


def test_a_refused_microphone_gets_a_sentence(met: Town, visit: Visits):
    page = visit.conversation(met.alice, met.bob, permissions=["clipboard-read"])
    page.get_by_role("button", name="Record a voice note").click()
    expect(page.locator("#refusal")).to_contain_text("does not let this page use the microphone")
    expect(page.locator("#recording")).to_be_hidden()


def test_pages_may_ask_for_the_microphone_and_the_camera_and_nothing_else(met: Town):
    policy = met.alice.session.get("/").headers["Permissions-Policy"]
    assert {"microphone=(self)", "camera=(self)"} <= set(policy.split(", "))
    assert {"geolocation=()", "usb=()"} <= set(policy.split(", "))
