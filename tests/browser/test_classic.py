"""Alice's page shows an older node's person, words, files and invitations for what they are."""

import re

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE, Member, bubble, write
from tests.journeys.test_classic import HERE, dave, network, picture, wait_for

__all__ = ["dave", "network"]


@pytest.fixture
def alice(network) -> Member:
    _, node = network
    member = Member("alice", node)
    member.sign_in()
    return member


def test_what_is_classic_is_shown_for_what_it_is(network, dave, alice, visit):
    door = f"http://{HERE}:{alice.node.settings['PEERNET_CLASSIC_PORT']}"

    def tell(path: str, body: dict) -> str:
        return requests.post(f"{door}/{path}", json=body, timeout=20).text

    alice.session.wait_for("dave")
    page = visit(alice)
    row = page.get_by_role("link", name="dave")
    expect(row).to_contain_text("Classic")
    row.click()
    expect(page.locator("#header")).to_contain_text("Nobody can prove who writes under this name")

    sent = write(page, "Kia ora, Dave")
    expect(sent).to_contain_text("handed over, not acknowledged")
    expect(sent).to_contain_text("Classic, encryption 5: not readable on the way, but easy to change.")
    heard = wait_for(lambda: dave.heard)[0]
    tell("acknowledge", dave.acknowledgement(heard))
    expect(sent).not_to_contain_text("not acknowledged")
    expect(sent).to_contain_text("delivered")

    # A file there, refused before its upload when it is too large, and one back.
    page.set_input_files("#attach", {"name": "film.bin", "mimeType": "video/mp4", "buffer": bytes(5 * 1024 * 1024 + 1)})
    expect(page.locator("#tray")).to_contain_text("the classic network, which this person uses, carries 5,242,880")
    page.get_by_role("button", name="Remove film.bin").click()
    page.set_input_files("#attach", {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"The plan"})
    expect(page.locator("#tray")).to_contain_text("8 bytes")
    page.get_by_role("button", name="Send", exact=True).click()
    assert wait_for(lambda: dave.files) == [("plan.txt", "text/plain", b"The plan")]
    key = requests.post(f"{door}/getPublicKey", json={"sender": "dave"}, timeout=20).json()["pubkey"]
    assert tell("receiveFile", dave.compose_file("alice", picture(), "chart.png", 4, 2, key)) == "0"
    expect(page.locator(".message.theirs .file.pictured")).to_be_visible()

    # An invitation, and the answer to it.
    assert tell("receiveEvent", dave.compose_event("alice", "Board dinner")) == "0"
    invited = bubble(page, "Board dinner")
    expect(invited).to_contain_text("The lab")
    invited.get_by_role("button", name="Maybe").click()
    assert wait_for(lambda: dave.attending)[0]["attendance"] == 2
    invited = bubble(page, "Board dinner")
    expect(invited.get_by_role("button", name="Maybe")).to_have_attribute("aria-pressed", "true")
    expect(invited).to_contain_text("Their program has your answer.")

    # An invitation of her own, answered there twice.
    page.get_by_role("link", name="Invite to an event").click()
    page.get_by_label("What", exact=True).fill("Harbour walk")
    page.get_by_label("From", exact=True).fill("2030-03-17T19:00")
    page.get_by_label("To", exact=True).fill("2030-03-17T18:00")
    page.get_by_label("Where", exact=True).fill("Pier 3")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("It ends before it begins.")).to_be_visible()
    look(page, "classic-invite")
    assert_accessible(page)
    page.get_by_label("To", exact=True).fill("2030-03-17T21:00")
    page.get_by_role("button", name="Invite", exact=True).click()
    own = bubble(page, "Harbour walk")
    event = wait_for(lambda: dave.invited)[0]
    expect(own).to_contain_text(re.compile(r"at 7:00\sPM to 9:00\sPM"))
    expect(own).to_contain_text("No answer yet.")
    for attendance, words in ((2, "Answered: Maybe."), (1, "Answered: Going.")):
        assert tell("acknowledgeEvent", dave.attendance("dave", event, attendance)) == "0"
        expect(own).to_contain_text(words)

    assert tell("receiveMessage", dave.compose("alice", "<b>Kia ora</b>, **Alice**", 2, 2, markdown="1")) == "0"
    came = page.locator(".message.theirs").last
    expect(came.locator("strong")).to_have_text("Alice")
    expect(came).to_contain_text("<b>Kia ora</b>")
    expect(came).to_contain_text("published key: anybody on the way could read it. Sender not proven.")

    look(page, "classic")
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": PHONE, "height": 740})
    look(page, "classic-phone-dark")
    assert_accessible(page)
    invited.scroll_into_view_if_needed()
    look(page, "classic-phone-invitation")

    page.goto(f"{page.url.split('/with/')[0]}/people/{page.url.rstrip('/').split('/')[-1]}/")
    expect(page.locator(".profile")).to_contain_text("Dave Older")
    expect(page.locator(".profile .avatar")).to_have_attribute("data-picture", re.compile("picture"))
    expect(page.locator("#connection + p")).to_contain_text("By the older, classic network")
    look(page, "classic-person-phone-dark")
    assert_accessible(page)
    page.go_back()

    page.get_by_role("button", name="Block").click()
    expect(page.get_by_role("button", name="Unblock")).to_be_visible()
    assert tell("receiveMessage", dave.compose("alice", "again")) == "11"
