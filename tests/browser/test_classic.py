"""Alice's page shows an older node's person and words for what they are."""

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE, Member, bubble, write
from tests.journeys.test_classic import HERE, dave, network, wait_for

__all__ = ["dave", "network"]


@pytest.fixture
def alice(network) -> Member:
    _, node = network
    member = Member("alice", node)
    member.sign_in()
    return member


def test_classic_people_and_words_carry_marks_and_the_tick_tells_what_is_known(network, dave, alice, visit):
    door = f"http://{HERE}:{alice.node.settings['PEERNET_CLASSIC_PORT']}"
    person = alice.session.wait_for("dave")
    page = visit(alice)
    row = page.get_by_role("link", name="dave")
    expect(row).to_contain_text("Classic")
    row.click()
    expect(page.locator("#header")).to_contain_text("Nobody can prove who writes under this name")

    sent = write(page, "Kia ora, Dave")
    expect(sent).to_contain_text("handed over, not acknowledged")
    expect(sent).to_contain_text("Classic, encryption 5: not readable on the way, but easy to change.")
    heard = wait_for(lambda: dave.heard)[0]
    requests.post(f"{door}/acknowledge", json=dave.acknowledgement(heard), timeout=20)
    expect(sent).not_to_contain_text("not acknowledged")
    expect(sent).to_contain_text("delivered")

    body = dave.compose("alice", "<b>Kia ora</b>, Alice", 2, 2)
    assert requests.post(f"{door}/receiveMessage", json=body, timeout=20).text == "0"
    came = bubble(page, "<b>Kia ora</b>, Alice")
    expect(came).to_be_visible()
    expect(page.locator(".message.theirs")).to_contain_text(
        "published key: anybody on the way could read it. Sender not"
    )
    look(page, "classic")
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": PHONE, "height": 740})
    look(page, "classic-phone-dark")
    assert_accessible(page)

    page.get_by_role("button", name="Block").click()
    expect(page.get_by_role("button", name="Unblock")).to_be_visible()
    assert requests.post(f"{door}/receiveMessage", json=dave.compose("alice", "again"), timeout=20).text == "11"
    assert person
