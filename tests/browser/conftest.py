"""Debian's Chromium, driven by Playwright, at the pages of real nodes."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.town import Guard, Town, Visits, town
from tests.journeys.processes import ROOT

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
SCREENSHOTS = ROOT / "build" / "screenshots"
QUIET = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]

expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM:
        return
    reason = "NO BROWSER: install Debian's chromium, or name one in CHROMIUM, to run these tests"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all. Its loop is in the way of asynchronous tests and of the ORM: both run apart from these."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Alice, Bob and Lena, for stories that leave all processes as they are."""
    with town(tmp_path_factory.mktemp("town"), "alice", "bob", "lena") as made:
        made.meet()
        yield made


@pytest.fixture(scope="module")
def visits(chromium: Browser) -> Iterator[Visits]:
    made = Visits(chromium)
    yield made
    made.close()


@pytest.fixture
def guard(visits: Visits) -> Iterator[Guard]:
    """Fail a test whose pages did what no page may."""
    visits.guard.wrongs.clear()
    yield visits.guard
    assert visits.guard.wrongs == []


@pytest.fixture
def visit(visits: Visits, guard: Guard) -> Iterator[Visits]:
    """Open pages as a member does."""
    yield visits
    visits.leave()


def look(page: Page, what: str) -> None:
    """Keep a picture of a page, and check that it does not scroll sideways."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{what}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


def assert_accessible(page: Page) -> None:
    """Let axe look at a page, and show what it found."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
