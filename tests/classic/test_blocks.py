"""Who is not let in: names that Bob blocks, and names that an admin blocks for everybody."""

import pytest

from messaging.errors import CannotWriteTo
from messaging.models import Message
from peers.models import ClassicBlock, ClassicPerson
from peers.older import blocks, people, relay
from tests.classic.test_page import browser

__all__ = ["browser"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]


@pytest.fixture(autouse=True)
def fresh():
    blocks.forget()
    yield
    blocks.forget()


def test_a_name_can_be_blocked_before_it_ever_wrote(bob, alice):
    blocks.block("alic001")
    for path, body in (
        ("/receiveMessage", alice.compose("bob", "hi")),
        ("/receiveFile", alice.compose_file("bob", b"hi")),
        ("/receiveEvent", alice.compose_event("bob", "Party")),
    ):
        assert bob.post(path, body) == "11"
    assert not Message.objects.exists()
    assert not ClassicPerson.objects.exists()
    blocks.unblock("alic001")
    assert bob.hear(alice.compose("bob", "hi")) == "0"


def test_another_spelling_of_a_blocked_name_is_blocked_as_well(bob, alice):
    blocks.block("ALIC001")
    assert bob.hear(alice.compose("bob", "hi")) == "11"


def test_nothing_is_held_for_others_from_a_blocked_name(bob, alice):
    relay.note_names(["dave"])
    blocks.block("alic001")
    assert bob.hear(alice.compose("dave", "hi")) == "11"
    relay.cache.delete(relay.NAMES)


def test_what_an_admin_blocks_is_kept_and_cannot_be_undone_here(bob, alice):
    person = bob.meets(alice)
    blocks.take(["alic001", "no name, this"])
    assert blocks.listed() == [("alic001", True)]
    assert bob.hear(alice.compose("bob", "hi")) == "11"
    with pytest.raises(CannotWriteTo, match="An admin of your network blocked alic001"):
        bob.writes(person, "hi")
    blocks.unblock("alic001")
    assert bob.hear(alice.compose("bob", "hi")) == "11"
    blocks.take([])
    assert bob.hear(alice.compose("bob", "hi")) == "0"


def test_what_bob_blocked_himself_is_not_the_admins_to_lift(bob, alice):
    people.block(bob.meets(alice), True)
    blocks.take([])
    assert blocks.listed() == [("alic001", False)]


def test_the_settings_show_who_is_blocked_and_take_names(bob, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_node"
    ClassicBlock.objects.create(name="mallory", by_admin=True)
    assert browser.post("/settings/blocked", {"name": "eve"}).status_code == 302
    shown = browser.get("/settings/").content.decode()
    assert "Unblock eve" in shown
    assert "Unblock mallory" not in shown
    assert "blocked by an admin of your network" in shown
    refused = browser.post("/settings/blocked", {"name": "a b"})
    assert (refused.status_code, "it has no blanks" in refused.content.decode()) == (422, True)
    browser.post("/settings/blocked", {"name": "eve", "block": "0"})
    assert "Unblock eve" not in browser.get("/settings/").content.decode()


def test_with_the_classic_network_off_the_settings_do_not_speak_of_it(bob, browser, settings):
    settings.ROOT_URLCONF, settings.PEERNET_CLASSIC = "peernet.urls_node", False
    assert "classic" not in browser.get("/settings/").content.decode()
