"""Who is not let in: names that Bob blocks, and names that an admin blocks for everybody."""

import pytest

from messaging.errors import CannotWriteTo
from messaging.models import Message
from peers.models import ClassicBlock, ClassicPerson
from peers.older import blocks, leaving, outbox, people, relay, telling
from tests.classic.older_node import Door
from tests.classic.test_every_call import BODIES, code
from tests.classic.test_page import browser

__all__ = ["browser"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]


@pytest.fixture(autouse=True)
def fresh():
    blocks.forget()
    yield
    blocks.forget()


@pytest.fixture
def woken():
    """Whose courier is woken."""
    found = []

    def note(person, **_) -> None:
        found.append(person)

    outbox.letter_waits.connect(note)
    yield found
    outbox.letter_waits.disconnect(note)


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
    blocks.block("eve")
    blocks.take(["alic001", "eve"])
    assert blocks.listed() == [("alic001", True), ("eve", True)]
    blocks.take([])
    assert blocks.listed() == [("alic001", False), ("eve", False)]


def test_what_bob_lifts_stays_blocked_by_the_admin(bob, alice):
    blocks.block("alic001")
    blocks.take(["alic001"])
    blocks.unblock("alic001")
    assert blocks.listed() == [("alic001", True)]


def test_what_waits_for_somebody_whom_an_admin_blocks_goes_out_only_once_they_are_let_in(
    bob, alice, woken, django_capture_on_commit_callbacks
):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, "hi")
        blocks.take(["ALIC001"])
        assert bob.carries(person) is None
        assert not alice.asked
        with django_capture_on_commit_callbacks(execute=True):
            blocks.take([])
        assert woken == [person.pk]
        bob.carries(person)
    assert [heard["message"] for heard in alice.heard] == ["hi"]


def test_nobody_whom_an_admin_blocks_is_asked_anything_or_keeps_letters_for_others(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        blocks.take(["alic001"])
        telling.Asker().serve(person.pk, knock=False, ending=lambda: False)
        relay.Asker().ask(allow_loopback=True)
        assert leaving._reachable(ClassicPerson(pk=0)) == []
        assert not alice.asked


@pytest.mark.parametrize("path", [path for path in BODIES if path not in ("/getStatus", "/acknowledge")])
def test_every_call_of_a_blocked_sender_gets_11(bob, alice, path):
    blocks.block("alic001")
    body = BODIES[path] | ({"hash": "00"} if "hash" in BODIES[path] else {})
    assert code(path, bob.post(path, body)) == "11"


def test_an_acknowledgement_and_a_question_for_the_key_of_a_blocked_sender_get_11(bob):
    blocks.block("alic001")
    said = {"sender": "alic001", "destination": "bob", "stamp": "1.5", "hashing": 1, "hash": "00"}
    assert bob.post("/acknowledge", said) == "11"
    assert code("/getPublicKey", bob.post("/getPublicKey", {"sender": "alic001"})) == "11"


def test_the_settings_show_who_is_blocked_and_take_names(bob, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_node"
    ClassicBlock.objects.create(name="mallory", by_admin=True)
    assert browser.post("/settings/blocked", {"name": "eve"}).status_code == 302
    shown = browser.get("/settings/").content.decode()
    assert "Unblock eve" in shown
    assert "The classic login server was not asked yet." in shown
    assert "Unblock mallory" not in shown
    assert "blocked by an admin of your network" in shown
    refused = browser.post("/settings/blocked", {"name": "a b"})
    assert (refused.status_code, "it has no blanks" in refused.content.decode()) == (422, True)
    browser.post("/settings/blocked", {"name": "eve", "block": "0"})
    assert "Unblock eve" not in browser.get("/settings/").content.decode()


def test_with_the_classic_network_off_the_settings_do_not_speak_of_it(bob, browser, settings):
    settings.ROOT_URLCONF, settings.PEERNET_CLASSIC = "peernet.urls_node", False
    assert "classic" not in browser.get("/settings/").content.decode()
