"""How long people's pages take, in a real browser: somebody's profile, everybody, and a status that changes."""

import contextlib
import os
import shutil
import statistics
import time
import uuid
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.seed import Forgetting, seeded
from tests.journeys.network import Network
from tests.journeys.processes import Browser

FIGURES = [
    Figure("profile_fetch_p50_ms", "ms", 150),
    Figure("directory_1k_ms", "ms", 300),
    Figure("status_change_s", "s", 1),
]
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
# The page is there, its scripts have run, and what they changed is drawn.
PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
# Times by the browser's own clock, for Playwright takes a tenth of a second to move its mouse and to look: when it was
# clicked, kept in the tab's name from page to page, and when the words that were waited for had been drawn.
CLOCKS = """
const now = () => performance.timeOrigin + performance.now();
addEventListener("click", () => { window.name = now(); }, true);
const watcher = new MutationObserver(() => {
  if (!document.body?.innerText.includes(%r)) return;
  watcher.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.tookMilliseconds = now() - Number(window.name); }));
});
watcher.observe(document, { childList: true, subtree: true });
"""
POSITION = "Chief Financial Officer"
PATIENCE = 30.0
SETTLING = 1.0


@contextlib.contextmanager
def screen(browser: Browser) -> Iterator[Page]:
    """Open a page in Chromium, signed in as somebody."""
    held = browser.session.cookies.items()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=QUIET
        )
        context = chromium.new_context(viewport={"width": 1440, "height": 860})
        context.add_cookies([{"name": name, "value": value, "url": browser.node.address} for name, value in held])
        yield context.new_page()
        chromium.close()


def painted(page: Page, address: str) -> float:
    """Return the milliseconds from asking for a page until it is drawn; what the page before asked for has ended."""
    time.sleep(SETTLING)
    page.goto(address)
    return page.evaluate(PAINTED)


def fetched(page: Page, made: Network, forgetting: Forgetting) -> float:
    """Return the milliseconds from the click on somebody never seen before until their profile is on the screen."""
    forgetting.forget()
    painted(page, f"{made.alice.address}/people/")
    time.sleep(SETTLING)
    page.locator(f'a.entry-who[href*="{made.bob_id}"]').click(no_wait_after=True)
    return page.wait_for_function(
        "(id) => location.pathname.includes(id) && window.tookMilliseconds", arg=made.bob_id
    ).json_value()


def changed(made: Network) -> float:
    """Return the seconds from setting a status on one node until another's open page shows it."""
    page, words = made.alices.socket(), uuid.uuid4().hex
    page.open(made.bob_id)
    made.bobs.get("/me/")
    start = time.perf_counter()
    answer = made.bobs.post("/me/status", {"choice": "away", "text": words, "ends": ""})
    if answer.status_code != 302:
        raise AssertionError(answer.text)
    page.hear(lambda frame: frame["type"] == "header" and words in frame["html"], PATIENCE)
    page.close()
    return time.perf_counter() - start


def introduce(browser: Browser) -> None:
    """Save a profile."""
    browser.get("/me/?edit")
    fields = {
        "full_name": "Bob Okafor",
        "position": POSITION,
        "description": "Numbers, and **sailing**.",
    }
    answer = browser.post("/me/", {"location": "Lagos", "time_zone": "Africa/Lagos", **fields})
    if answer.status_code != 302:
        raise AssertionError(answer.text)


def measure(plan: Plan) -> Samples:
    found: Samples = {}
    with network() as made:
        introduce(made.bobs)
        found["status_change_s"] = [changed(made) for _ in range(plan.pick(15, 5))]
        with screen(made.alices) as page, Forgetting(made.alice) as forgetting:
            page.add_init_script(CLOCKS % POSITION)
            # One node asks another ten times a minute at most.
            times = [fetched(page, made, forgetting) for _ in range(plan.pick(9, 5))]
            found["profile_fetch_p50_ms"] = [statistics.median(times)]
        made.alice.stop()
        seeded(made.alice, "colleagues(1000)")
        made.alice.start()
        with screen(made.alices) as page:
            painted(page, f"{made.alice.address}/people/")
            found["directory_1k_ms"] = [painted(page, f"{made.alice.address}/people/") for _ in range(plan.pick(9, 4))]
    return found
