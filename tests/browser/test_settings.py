"""The settings in a real browser, against a real login server."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE, town

NEW_PASSWORD = "a harbour of quiet boats"  # noqa: S105


@pytest.fixture(scope="module")
def alone(chromium, tmp_path_factory):
    """Lena, whose password and phone these stories change."""
    with town(tmp_path_factory.mktemp("alone"), "lena") as made:
        made.lena.sign_in()
        yield made


def background(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_a_chosen_appearance_holds_on_every_page_from_its_first_drawing(alone, visit):
    page = visit(alone.lena, "/settings/", signed_in=False)
    page.context.add_cookies(alone.lena.cookies)
    page.goto(alone.lena.node.address + "/settings/")
    light = background(page)
    look(page, "settings")
    assert_accessible(page)
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Use it in this browser").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = background(page)
    assert dark != light
    look(page, "settings-dark")
    assert_accessible(page)
    page.goto(alone.lena.node.address + "/")
    assert background(page) == dark


def test_the_settings_on_a_phone_in_the_dark(alone, visit):
    page = visit(alone.lena, "/settings/", width=PHONE, scheme="dark")
    look(page, "settings-phone")
    assert_accessible(page)


def test_a_page_says_that_making_codes_takes_seconds_and_asks_for_them_once(alone, visit):
    page = visit(alone.lena, "/settings/backup-codes")
    # As if there were no answer yet: the page stays.
    page.route("**/settings/backup-codes", lambda route: route.fulfill(status=204))
    page.get_by_label("Your password").fill("whatever it is")
    page.get_by_label("Six digits").fill("000000")
    page.get_by_role("button", name="Make new codes").click()
    expect(page.get_by_role("status")).to_have_text("Your backup codes are being made, which takes a few seconds.")
    expect(page.get_by_role("button", name="Make new codes")).to_be_disabled()
    look(page, "making-codes")


def test_lena_changes_phone_codes_and_password(alone, visit):
    account = alone.lena.node.account
    page = visit(alone.lena, "/settings/backup-codes")
    # Ten codes are hashed slowly on purpose, and the machine may be busy.
    page.set_default_timeout(40_000)
    page.get_by_label("Your password").fill(account.password)
    page.get_by_label("Six digits").fill(account.backup_codes.pop())
    look(page, "proof")
    assert_accessible(page)
    page.get_by_role("button", name="Make new codes").click()
    expect(page.locator("#codes li")).to_have_count(10)
    codes = page.locator("#codes code").all_inner_texts()
    page.goto(alone.lena.node.address + "/settings/password")
    page.get_by_label("Your password").fill(account.password)
    page.get_by_label("Six digits").fill(codes.pop())
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Your password is changed")).to_be_visible()
    page.goto(alone.lena.node.address + "/settings/phone")
    page.get_by_label("Your password").fill(NEW_PASSWORD)
    page.get_by_label("Six digits").fill(codes.pop())
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".qr")).to_be_visible()
    look(page, "new-phone")
    assert_accessible(page)
    account.secret = page.locator("code").inner_text()
    page.get_by_label("Six digits").fill(account.code())
    page.get_by_role("button", name="Use this phone").click()
    expect(page.get_by_text("Your new phone counts from now on")).to_be_visible()
    account.password = NEW_PASSWORD
    assert alone.lena.node.sign_in(codes.pop()).get("/settings/").status_code == 200
