"""Everybody of the network, in a real browser."""

from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE


def test_people_are_found_as_one_types_and_one_click_away(met, visit):
    page = visit(met.alice, "/people/")
    entries = page.locator("#directory .entry")
    expect(entries).to_have_count(2)
    look(page, "people")
    assert_accessible(page)
    page.get_by_role("searchbox").fill("MARIC")
    expect(entries.filter(visible=True)).to_have_count(1)
    page.get_by_role("searchbox").fill("nobody at all")
    expect(page.get_by_text("Nobody fits these words")).to_be_visible()
    page.get_by_role("searchbox").fill("okafor")
    page.get_by_role("link", name="Conversation with Bob Okafor").click()
    expect(page.get_by_role("textbox", name="Message to")).to_be_visible()


def test_enter_opens_the_first_who_was_found(met, visit):
    page = visit(met.alice, "/people/")
    page.get_by_role("searchbox").fill("lena")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/people/{met.lena.id}/")


def test_the_directory_on_a_phone_in_the_dark(met, visit):
    page = visit(met.alice, "/people/", width=PHONE, scheme="dark")
    look(page, "people-phone")
    assert_accessible(page)


def test_a_search_works_without_script(met, visit):
    page = visit(met.alice, "/people/", script=False)
    page.get_by_role("searchbox").fill("okafor")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#directory .entry")).to_have_count(1)
