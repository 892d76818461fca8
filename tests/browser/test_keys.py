"""Bob loses his laptop and comes back with other keys: Alice is told, and nothing is sent until she decides."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import bubble, composer, row_of, town, write

LONG = 30_000
# A fresh home, which no setting tells where the login server is.
NOWHERE = {"PEERNET_LOGIN_SERVER": "", "PEERNET_LOGIN_SERVER_KEY": ""}
SEALED = """
from peers.models import OutStream
print(sorted(OutStream.objects.filter(peer__person__user_name="bob", closed_at=None).values_list("peer", flat=True)))
"""
TRACE = """
from accounts.models import AuditEntry
print(list(AuditEntry.objects.filter(subject__startswith="bob: ").order_by("pk").values_list("what", flat=True)))
"""


@pytest.fixture(scope="module")
def wary(tmp_path_factory):
    """Alice and Bob, who have talked once; then his laptop is gone, and she writes to it all the same."""
    with town(tmp_path_factory.mktemp("wary"), "alice", "bob") as made:
        made.meet()
        made.alice.tell(made.bob, "Before the change")
        made.bob.node.kill()
        socket = made.alice.session.socket()
        socket.open(made.bob.id)
        socket.send(made.bob.id, "Written while it was lost")
        socket.hear_words("Written while it was lost")
        socket.close()
        yield made


def ask(member, script: str) -> str:
    """Look into a member's database, beside the running node."""
    found = member.node.manage("shell", "-v", "0", "-c", script)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


@pytest.fixture
def changed(wary, visit):
    """Bob's laptop is lost. His admin releases him, and he signs in on an empty computer."""
    wary.bob.node.kill()
    released = wary.server.manage("release", "bob")
    assert released.returncode == 0, released.stderr
    link = re.search(r"http\S+/computer/#\S+", released.stdout).group()
    shutil.rmtree(wary.bob.node.home)
    wary.bob.node.more = NOWHERE
    wary.bob.node.start()
    arrive(visit(wary.bob, signed_in=False), link)
    wary.bob.sign_in()
    wary.alice.id = wary.bob.session.wait_for(wary.alice.name, seconds=30)
    return wary


def arrive(page, link: str) -> None:
    """Tell a new computer where its login server is."""
    expect(page.get_by_role("heading", name="Open your account")).to_be_visible()
    page.get_by_role("link", name="use it on this new computer").click()
    expect(page.get_by_role("heading", name="Your new computer")).to_be_visible()
    look(page, "new-computer")
    assert_accessible(page)
    page.get_by_label("Link from your admin").fill(link)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.fixture
def page(changed, visit):
    page = visit.conversation(changed.alice, changed.bob)
    expect(page.get_by_role("button", name="Accept the new keys")).to_be_visible(timeout=LONG)
    return page


def test_changed_keys_stop_the_words_until_they_are_refused(changed, page):
    expect(page.get_by_text("Ask Bob Okafor by telephone before you accept")).to_be_visible()
    expect(row_of(page, changed.bob)).to_contain_text("Bob Okafor")
    write(page, "Not to a stranger")
    expect(page.locator("#refusal")).to_contain_text("The keys of Bob Okafor have changed")
    expect(composer(page)).to_have_value("Not to a stranger")
    look(page, "keys-changed")
    assert_accessible(page)
    sealed = ask(changed.alice, SEALED)
    page.get_by_role("button", name="Refuse them").click()
    expect(page.get_by_text("You refused the new keys of Bob Okafor")).to_be_visible()
    expect(page.get_by_role("button", name="Accept the new keys")).to_be_hidden()
    composer(page).press("Enter")
    expect(page.locator("#refusal")).to_be_visible()
    composer(page).fill("")
    assert ask(changed.alice, SEALED) == sealed, "something was sealed to keys that nobody accepted"
    assert ask(changed.alice, TRACE) == "['keys changed', 'new keys refused']"


def test_accepted_keys_let_the_words_through_once_and_those_that_waited(changed, page, visit):
    expect(bubble(page, "Written while it was lost")).to_contain_text("waiting")
    page.get_by_role("button", name="Accept the new keys").click()
    expect(page.get_by_text("You accepted the new keys of Bob Okafor")).to_be_visible()
    expect(write(page, "Good to have you back")).to_contain_text("delivered", timeout=LONG)
    expect(bubble(page, "Written while it was lost")).to_contain_text("delivered", timeout=LONG)
    bobs = visit.conversation(changed.bob, changed.alice)
    expect(bubble(bobs, "Good to have you back")).to_have_count(1)
    expect(bubble(bobs, "Written while it was lost")).to_have_count(1)
    assert ask(changed.alice, TRACE).endswith("'keys changed', 'new keys accepted']")
