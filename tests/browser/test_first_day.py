"""The first day: Alice and Bob sign in at their pages, and see each other come and go."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import composer, town, write

SOON = 2000


@pytest.fixture(scope="module")
def new(tmp_path_factory):
    """Two nodes on which nobody has signed in yet."""
    with town(tmp_path_factory.mktemp("new"), "alice", "bob") as made:
        yield made


def fill_in(page, member, code):
    page.get_by_label("User name").fill(member.node.account.name)
    page.get_by_label("Password").fill(member.node.account.password)
    page.get_by_label("Six digits").fill(code)


def sign_in(page, member):
    fill_in(page, member, member.node.account.backup_codes.pop())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Connected")).to_be_visible()


def test_a_wrong_code_is_explained_and_lets_nobody_in(new, visit):
    page = visit(new.alice, signed_in=False)
    fill_in(page, new.alice, "000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The name, the password or the code is wrong")
    expect(page.get_by_label("User name")).to_have_value("alice")
    look(page, "sign-in-refused")
    assert_accessible(page)


def test_alice_signs_in_with_the_keyboard_and_a_code_and_is_told_what_to_do_next(new, visit):
    page = visit(new.alice, signed_in=False)
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type(new.alice.node.account.password)
    page.keyboard.press("Tab")
    page.keyboard.type(new.alice.node.account.fresh_code())
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody else is here yet")).to_be_visible()
    look(page, "nobody-yet")
    assert_accessible(page)
    page.get_by_role("link", name="Add your picture and position").click()
    page.get_by_label("Position").fill("Chief Executive Officer")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Back to your conversations").click()
    expect(page.get_by_text("Others see your initials only")).to_be_hidden()


def test_bob_is_seen_within_two_seconds_of_his_sign_in_and_of_his_sign_off(new, visit):
    alices, bobs = visit(new.alice, signed_in=False), visit(new.bob, signed_in=False)
    sign_in(alices, new.alice)
    sign_in(bobs, new.bob)
    bob = alices.locator("section", has=alices.get_by_role("heading", name="Online")).get_by_text("Bob Okafor")
    expect(bob).to_be_visible(timeout=SOON)
    expect(bobs.get_by_role("link", name="Alice Martin")).to_be_visible(timeout=SOON)
    bobs.get_by_role("button", name="Sign off").click()
    bobs.wait_for_url("**/sign-in")
    expect(alices.get_by_role("heading", name="Offline")).to_be_visible(timeout=SOON)
    expect(alices.get_by_role("link", name="Bob Okafor")).to_contain_text("Last seen")


def test_whoever_signs_off_leaves_no_page_open(new, visit):
    page = visit(new.bob, signed_in=False)
    sign_in(page, new.bob)
    other = visit(new.bob, beside=page)
    expect(other.get_by_text("Connected")).to_be_visible()
    page.get_by_role("button", name="Sign off").click()
    other.wait_for_url("**/sign-in**")
    other.go_back()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_first_conversation_says_what_to_do(new, visit):
    page = visit(new.alice, signed_in=False)
    sign_in(page, new.alice)
    expect(page.get_by_role("heading", name="Whom do you want to talk to?")).to_be_visible()
    page.get_by_role("link", name="Bob Okafor").click()
    expect(page.get_by_text("No words yet")).to_be_visible()
    expect(composer(page)).to_be_focused()
    look(page, "no-words-yet")
    expect(write(page, "Good morning, Bob")).to_be_visible()
    expect(page.get_by_text("No words yet")).to_be_hidden()
    expect(page.locator("#log > *").first).to_have_text("Today")


@pytest.mark.parametrize("next_page", ["//example.com/", "https://example.com/"])
def test_signing_in_leads_to_no_other_site(new, visit, next_page):
    page = visit(new.alice, f"/sign-in?next={next_page}", signed_in=False)
    sign_in(page, new.alice)
    assert page.url == f"{new.alice.node.address}/"
