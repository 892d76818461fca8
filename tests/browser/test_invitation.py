"""Alice opens her invitation in a real Chromium."""

import pytest

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE, WIDE
from tests.journeys.processes import LoginServer
from tests.journeys.test_login_server import code_for, invite


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    login_server = LoginServer(tmp_path_factory.mktemp("browser") / "home")
    login_server.start()
    yield login_server
    login_server.kill()


@pytest.fixture(params=[("wide", WIDE, "light"), ("phone", PHONE, "dark")], ids=lambda param: param[0])
def page(chromium, guard, request):
    name, width, scheme = request.param
    context = chromium.new_context(viewport={"width": width, "height": 760}, color_scheme=scheme)
    guard.watch(context)
    page = context.new_page()
    page.name = name
    yield page
    context.close()


def test_alice_opens_her_account_with_the_keyboard_only(server, page):
    token = invite(server, f"alice-{page.name}")
    page.goto(f"http://127.0.0.1:{server.admin_port}/invitation/#token={token}")
    page.wait_for_url("**/invitation/")
    look(page, f"invitation-{page.name}")
    assert_accessible(page)
    # The script filled in the token and put the cursor where Alice goes on.
    page.keyboard.type("four words of mine")
    page.keyboard.press("Enter")
    page.wait_for_selector(".qr")
    look(page, f"totp-{page.name}")
    assert_accessible(page)
    secret = page.locator("code").inner_text()
    page.get_by_label("Six digits").fill(code_for(secret))
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes")
    look(page, f"backup-codes-{page.name}")
    assert_accessible(page)
    assert page.locator(".codes li").count() == 10


def test_the_token_leaves_the_address_bar(server, page):
    page.goto(f"http://127.0.0.1:{server.admin_port}/invitation/#token=somebodys-token")
    page.wait_for_url("**/invitation/")
    assert "token" not in page.url


def test_a_wrong_invitation_says_so_and_shows_what_was_typed(server, page):
    page.goto(f"http://127.0.0.1:{server.admin_port}/invitation/")
    page.get_by_label("Invitation link").fill("<script>alert(1)</script>")
    page.get_by_label("Password").fill("four words of mine")
    page.get_by_role("button").click()
    page.wait_for_selector("[role=alert]")
    look(page, f"invitation-refused-{page.name}")
    assert_accessible(page)
    assert page.get_by_label("Invitation link").input_value() == "<script>alert(1)</script>"


def test_a_short_password_is_explained(server, page):
    token = invite(server, f"bob-{page.name}")
    page.goto(f"http://127.0.0.1:{server.admin_port}/invitation/#token={token}")
    page.wait_for_url("**/invitation/")
    page.keyboard.type("short")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "12 characters" in page.locator("[role=alert]").first.inner_text()
