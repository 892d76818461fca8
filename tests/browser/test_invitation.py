"""Alice opens her invitation in a real Chromium."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.journeys.processes import ROOT, LoginServer
from tests.journeys.test_login_server import code_for, invite

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
SCREENSHOTS = ROOT / "build" / "screenshots"
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]

pytestmark = pytest.mark.skipif(
    not CHROMIUM, reason="NO BROWSER: install Debian's chromium, or name one in CHROMIUM, to run these tests"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    login_server = LoginServer(tmp_path_factory.mktemp("browser") / "home")
    login_server.start()
    yield login_server
    login_server.kill()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(params=[("wide", 1600, "light"), ("phone", 360, "dark")], ids=lambda param: param[0])
def page(browser, request):
    name, width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 760}, color_scheme=scheme)
    page = context.new_page()
    page.violations = []
    page.on("console", lambda m: page.violations.append(m.text) if "Content Security Policy" in m.text else None)
    page.on("pageerror", lambda error: page.violations.append(str(error)))
    page.name = name
    yield page
    assert page.violations == []
    context.close()


def look(page: Page, what: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=Path(SCREENSHOTS / f"{what}-{page.name}.png"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


def test_alice_opens_her_account_with_the_keyboard_only(server, page):
    token = invite(server, f"alice-{page.name}")
    page.goto(f"http://127.0.0.1:{server.admin_port}/invitation/#token={token}")
    page.wait_for_url("**/invitation/")
    look(page, "invitation")
    # The script filled in the token and put the cursor where Alice goes on.
    page.keyboard.type("four words of mine")
    page.keyboard.press("Enter")
    page.wait_for_selector(".qr")
    look(page, "totp")
    secret = page.locator("code").inner_text()
    page.get_by_label("Six digits").fill(code_for(secret))
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes")
    look(page, "backup-codes")
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
    look(page, "invitation-refused")
    assert page.get_by_label("Invitation link").input_value() == "<script>alert(1)</script>"


def test_a_short_password_is_explained(server, page):
    token = invite(server, f"bob-{page.name}")
    page.goto(f"http://127.0.0.1:{server.admin_port}/invitation/#token={token}")
    page.wait_for_url("**/invitation/")
    page.keyboard.type("short")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "12 characters" in page.locator("[role=alert]").first.inner_text()
