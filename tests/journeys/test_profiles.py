"""Profiles between real nodes: sent when they change, shown from the last copy when their owner is away."""

import io
import re
import time

from PIL import Image

from tests.journeys.processes import Browser

NAMED = {"full_name": "Bob Okafor", "position": "Chief Financial Officer", "time_zone": "Pacific/Auckland"}
ON_SCREEN = 10.0


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "teal").save(out, "JPEG")
    return out.getvalue()


def save_profile(browser: Browser, **fields: str) -> None:
    browser.get("/me/?edit")
    answer = browser.session.post(
        browser.node.address + "/me/",
        NAMED | fields | {"csrfmiddlewaretoken": browser.token},
        files={"picture": ("me.jpg", picture(), "image/jpeg")},
        allow_redirects=False,
        timeout=20,
    )
    assert answer.status_code == 302, answer.text


def wait_for_page(browser: Browser, path: str, words: str, seconds: float = ON_SCREEN) -> str:
    end = time.monotonic() + seconds
    while words not in (page := browser.get(path).text):
        assert time.monotonic() < end, f"{words} did not appear"
        time.sleep(0.05)
    return page


def test_bobs_profile_reaches_alice_when_he_saves_it(met):
    save_profile(met.bobs)
    page = wait_for_page(met.alices, "/", "Bob Okafor")
    address = re.search(rf'data-picture="(/people/{met.bob_id}/picture\?v=\w+)"', page).group(1)
    answer = met.alices.session.get(met.alice.address + address, timeout=10)
    assert Image.open(io.BytesIO(answer.content)).size == (300, 300)
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_page_that_is_open_hears_of_a_new_name(met):
    page = met.alices.socket()
    page.open(met.bob_id)
    save_profile(met.bobs)
    page.hear(lambda frame: frame["type"] == "details" and "Chief Financial Officer" in frame["html"])
    page.close()


def test_the_last_copy_is_shown_while_bob_is_away_and_the_change_comes_after(met):
    save_profile(met.bobs)
    wait_for_page(met.alices, "/", "Bob Okafor")
    met.alice.stop()
    save_profile(met.bobs, position="Chairman")
    met.bob.stop()
    met.alice.start()
    page = met.alices.get(f"/people/{met.bob_id}/").text
    assert "Chief Financial Officer" in page
    met.bob.start()
    wait_for_page(met.alices, f"/people/{met.bob_id}/", "Chairman", 40)


def test_whoever_comes_later_asks_and_is_answered(network):
    bobs = network.bob.sign_in()
    save_profile(bobs)
    alices = network.alice.sign_in()
    wait_for_page(alices, "/", "Bob Okafor")
