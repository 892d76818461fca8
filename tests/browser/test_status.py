"""How people are, at their pages."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE, row_of, write


def test_bob_chooses_and_alice_sees_it_everywhere_without_a_reload(met, visit):
    alice, bob = visit.conversation(met.alice, met.bob), visit(met.bob, "/me/")
    expect(write(alice, "Are you there?")).to_contain_text("delivered")
    everybody = visit(met.alice, "/people/")
    bob.get_by_label("Do not disturb").check()
    bob.get_by_label("A few words").fill("in the board meeting")
    bob.get_by_label("How long").select_option("For an hour")
    look(bob, "status")
    assert_accessible(bob)
    bob.get_by_role("button", name="Save your status").click()
    expect(bob.get_by_text("What you chose last holds until")).to_be_visible()
    expect(alice.locator("#header")).to_contain_text("Do not disturb · in the board meeting")
    expect(alice.locator("#details")).to_contain_text("in the board meeting")
    expect(row_of(alice, met.bob).locator(".presence")).to_have_class(re.compile("dnd"))
    expect(everybody.locator("#directory")).to_contain_text("in the board meeting")
    look(alice, "status-theirs")
    look(everybody, "people-status")
    assert_accessible(alice)
    assert_accessible(everybody)
    bob.get_by_label("Show me as offline").check()
    bob.get_by_role("button", name="Save your status").click()
    expect(alice.locator("#header .title")).to_contain_text("Offline")
    bob.get_by_label("Show me as offline").uncheck()
    bob.get_by_label("Online, or idle").check()
    bob.get_by_label("A few words").fill("")
    bob.get_by_role("button", name="Save your status").click()
    expect(alice.locator("#header .title")).to_contain_text("Online")


def test_the_status_on_a_phone_in_the_dark(met, visit):
    page = visit(met.bob, "/me/", width=PHONE, scheme="dark")
    page.get_by_role("button", name="Save your status").scroll_into_view_if_needed()
    look(page, "status-phone")
    assert_accessible(page)
