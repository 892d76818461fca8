"""Bob comes back with other keys: Alice is told, and nothing is sent until she decides."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import bubble, composer, row_of, town, write

LONG = 30_000
WITHDRAW = """
from accounts import devices, models
for device in models.PersonDevice.objects.filter(person__user_name="bob"):
    devices.withdraw(device)
"""


@pytest.fixture(scope="module")
def wary(tmp_path_factory):
    """Alice and Bob, who have talked once."""
    with town(tmp_path_factory.mktemp("wary"), "alice", "bob") as made:
        made.meet()
        made.alice.tell(made.bob, "Before the change")
        yield made


@pytest.fixture
def changed(wary):
    """Bob's computer was lost: his admin released it, and he signs in on an empty one."""
    wary.bob.node.kill()
    wary.server.kill()
    released = wary.server.manage("shell", "-c", WITHDRAW)
    assert released.returncode == 0, released.stderr
    wary.server.start()
    shutil.rmtree(wary.bob.node.home)
    wary.bob.node.start()
    wary.bob.sign_in()
    wary.alice.id = wary.bob.session.wait_for(wary.alice.name, seconds=30)
    return wary


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
    page.get_by_role("button", name="Refuse them").click()
    expect(page.get_by_text("You refused the new keys of Bob Okafor")).to_be_visible()
    expect(page.get_by_role("button", name="Accept the new keys")).to_be_hidden()
    composer(page).press("Enter")
    expect(page.locator("#refusal")).to_be_visible()
    composer(page).fill("")


def test_accepted_keys_let_the_words_through(changed, page):
    page.get_by_role("button", name="Accept the new keys").click()
    expect(page.get_by_text("You accepted the new keys of Bob Okafor")).to_be_visible()
    expect(write(page, "Good to have you back")).to_contain_text("delivered", timeout=LONG)
    assert bubble(page, "Good to have you back").count() == 1
