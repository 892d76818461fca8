"""Ways break: each page says which, what it means, and mends itself."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import bubble, composer, read_to_end, town, write

LONG = 30_000


@pytest.fixture(scope="module")
def frail(tmp_path_factory):
    """Alice and Bob, in a town of which parts are killed. Every story leaves all running."""
    with town(tmp_path_factory.mktemp("frail"), "alice", "bob") as made:
        made.meet()
        yield made


@pytest.fixture
def pages(frail, visit):
    """Alice's and Bob's pages, each open at the other."""
    alice, bob = visit.conversation(frail.alice, frail.bob), visit.conversation(frail.bob, frail.alice)
    read_to_end(bob)
    expect(write(alice, "Can you hear me?").last).to_contain_text("read", timeout=LONG)
    return alice, bob


def test_words_wait_for_whoever_is_away_and_go_out_by_themselves(frail, pages):
    alice, bob = pages
    frail.bob.node.kill()
    sent = write(alice, "For when you are back")
    expect(sent).to_contain_text("waiting on this computer")
    banner = alice.get_by_text("The computer of Bob Okafor has not answered since")
    expect(banner).to_be_visible(timeout=LONG)
    look(alice, "peer-down")
    assert_accessible(alice)
    frail.bob.node.start()
    expect(sent).to_contain_text(re.compile("delivered|read"), timeout=LONG)
    expect(banner).to_be_hidden(timeout=LONG)
    # Bob's page came back by itself, too.
    expect(bubble(bob, "For when you are back")).to_be_visible(timeout=LONG)
    expect(bob.get_by_text("Connected")).to_be_visible(timeout=LONG)


def test_own_node_away_is_said_after_two_seconds_and_words_wait_in_the_page(frail, pages):
    alice, bob = pages
    frail.alice.node.kill()
    banner = alice.get_by_text("Your node does not answer")
    expect(banner).to_be_visible()
    expect(alice.get_by_text("Not connected")).to_be_visible()
    sent = write(alice, "Written without a node")
    expect(sent).to_contain_text("on its way")
    look(alice, "node-down")
    assert_accessible(alice)
    frail.alice.node.start()
    alice.get_by_role("button", name="Try now").click(timeout=LONG)
    expect(sent).to_contain_text(re.compile("delivered|read"), timeout=LONG)
    expect(sent).to_have_count(1)
    expect(banner).to_be_hidden()
    expect(bubble(bob, "Written without a node")).to_have_count(1)


def test_with_the_login_server_dead_the_page_says_so_and_they_go_on_talking(frail, pages):
    alice, bob = pages
    frail.server.kill()
    banner = alice.get_by_text("The login server has not answered since")
    expect(banner).to_be_visible(timeout=LONG)
    expect(alice.get_by_text("On your own")).to_be_visible()
    expect(bob.get_by_text("The login server has not answered since")).to_be_visible(timeout=LONG)
    expect(write(alice, "Nobody needs a server")).to_contain_text("read")
    expect(write(bob, "Not even to answer")).to_contain_text("read")
    look(alice, "server-down")
    assert_accessible(alice)
    frail.server.start()
    expect(banner).to_be_hidden(timeout=LONG)


def test_the_composer_takes_words_while_the_node_restarts(frail, pages):
    alice, _ = pages
    composer(alice).fill("Half a sent")
    frail.alice.node.kill()
    composer(alice).press_sequentially("ence")
    frail.alice.node.start()
    expect(alice.get_by_text("Connected")).to_be_visible(timeout=LONG)
    composer(alice).press("Enter")
    expect(bubble(alice, "Half a sentence")).to_contain_text(re.compile("delivered|read"), timeout=LONG)
