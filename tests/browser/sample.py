"""Pictures of a conversation for the README, made anew by: python -m tests.browser.sample"""

import re
import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.town import NAMES, Member, Visits, town
from tests.journeys.processes import ROOT

IMAGES = ROOT / "docs" / "images"
PEOPLE = {
    "bob": "Bob Okafor",
    "lena": "Lena Marić",
    "yuki": "Yuki Tanaka",
    "amira": "Amira Haddad",
    "carlos": "Carlos Peña",
}
PROFILE = {
    "Position": "Chief Financial Officer",
    "Location": "Auckland",
    "About you": "Numbers, sailing, strong coffee.",
}
SMALL = 150_000


def picture(page: Page, name: str) -> None:
    """Take a picture, and see that it stays small."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
    if path.stat().st_size > SMALL:
        raise SystemExit(f"{path.name} is too large.")


def introduce(visit: Visits, member: Member) -> None:
    """Let somebody fill in their profile."""
    page = visit(member, "/me/?edit")
    for label, words in PROFILE.items():
        page.get_by_label(label, exact=True).fill(words)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Edit your profile").wait_for()
    page.close()


def talk(alice: Member, others: dict[str, Member]) -> None:
    """Let them say what people say."""
    bob, lena, yuki, amira, carlos = (others[name] for name in PEOPLE)
    carlos.tell(alice, "The signed copies are in the safe.")
    alice.tell(carlos, "Thank you. See you on Thursday.")
    amira.tell(alice, "Can we move the board dinner to eight?")
    alice.tell(amira, "Eight is fine.")
    alice.tell(yuki, "Merci, à demain 👍")
    lena.tell(alice, "Two things before the call")
    lena.tell(alice, "The lawyers want an answer today")
    read(alice, amira, carlos)
    alice.tell(bob, "Good flight? I read the draft on the train.", "Page 4 is not what we agreed.")
    bob.tell(alice, "Morning. No, they changed the earn-out overnight 🙄")
    bob.tell(alice, "I went through the numbers twice. Ours hold; I would not go above 8 %.")
    read(alice, bob)
    alice.tell(bob, "Agreed. What do they say about the lock-up?")
    read(bob, alice)
    bob.tell(alice, "Eighteen months, and they would sign twelve.")
    bob.tell(alice, "I have their lawyer at eleven. Anything you want to hear from her?")


def read(member: Member, *others: Member) -> None:
    """Mark everything as read that others said."""
    for other in others:
        page = f"/with/{other.id}/"
        up_to = re.findall(r'data-pk="(\d+)"', member.session.get(page).text)[-1]
        member.session.post(f"{page}read", {"up_to": up_to})


def main() -> None:
    """Start a town of sample people, let them talk, and take two pictures."""
    NAMES.update(PEOPLE)
    folder = Path(tempfile.mkdtemp(prefix="peernet-sample-"))
    IMAGES.mkdir(parents=True, exist_ok=True)
    try:
        with town(folder, "alice", *PEOPLE) as made, sync_playwright() as playwright:
            made.meet()
            alice = made.alice
            talk(alice, made.members)
            for away in ("amira", "carlos"):
                made.members[away].session.post("/sign-off", {})
            visit = Visits(playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET))
            introduce(visit, made.bob)
            for scheme, name in (("light", "conversation"), ("dark", "conversation-dark")):
                page = visit.conversation(alice, made.bob, scheme=scheme, locale="en-GB")
                page.get_by_text("Connected").wait_for()
                page.locator("h2", has_text="Offline 2").wait_for()
                page.get_by_role("complementary").get_by_text("Auckland").wait_for()
                if scheme == "light":
                    page.get_by_role("textbox", name="Message to").fill(
                        "Whether twelve is final. And tell her we sign on Thursday."
                    )
                    page.keyboard.press("Enter")
                page.wait_for_timeout(1500)
                picture(page, name)
            visit.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    started = time.monotonic()
    main()
    print(f"{time.monotonic() - started:.0f} s")
