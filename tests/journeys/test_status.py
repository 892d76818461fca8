"""How people are, between real nodes."""

import time

from tests.journeys.processes import Browser, Page

# The aim is a second; the machine may be busy.
ON_SCREEN = 15.0


def choose(browser: Browser, **fields: str) -> None:
    browser.get("/me/")
    answer = browser.post("/me/status", {"choice": "", "text": "", "ends": ""} | fields)
    assert answer.status_code == 302, answer.text


def hear(page: Page, words: str) -> None:
    page.hear(lambda frame: frame["type"] == "header" and words in frame["html"], ON_SCREEN)


def look_at_bob(met) -> Page:
    """Alice opens the conversation with Bob, and both nodes have exchanged something."""
    page = met.alices.socket()
    page.open(met.bob_id)
    page.send(met.bob_id, "hello")
    page.hear_state("delivered")
    return page


def test_bobs_status_reaches_alices_open_page(met):
    page = look_at_bob(met)
    choose(met.bobs, choice="dnd", text="in the board meeting")
    began = time.monotonic()
    hear(page, "in the board meeting")
    print(f"status on the other's page after {time.monotonic() - began:.2f} s")
    choose(met.bobs, hidden="on")
    hear(page, "Offline")
    choose(met.bobs)
    hear(page, "Online")


def test_whoever_was_away_is_told_when_they_come_back(met):
    look_at_bob(met).close()
    met.alice.stop()
    choose(met.bobs, choice="away", text="sailing")
    met.alice.start()
    page = met.alices.socket()
    page.open(met.bob_id)
    hear(page, "sailing")


def test_a_page_without_input_makes_its_member_idle(network):
    network.bob.more["PEERNET_IDLE_AFTER"] = "3"
    network.bob.stop()
    network.bob.start()
    network.meet()
    page = look_at_bob(network)
    hear(page, "Idle")
    bobs = network.bobs.socket()
    bobs.say(type="active")
    hear(page, "Online")
