"""Dave has a PeerNet device now: nothing of any kind goes to him, or comes under his name, by the classic way."""

import pytest

from messaging import deletions, invitations
from messaging.models import Invitation, Message
from peers.models import ClassicLetter, KnownPerson, PeerDevice
from peers.older import leaving, telling
from peers.older.courier import NATIVE, Carrier
from profiles.models import Profile
from tests.classic.older_node import Door
from tests.classic.test_files import sends, tray

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]


def gets_a_device(name: str) -> KnownPerson:
    person = KnownPerson.objects.create(user_name=name, online=True)
    PeerDevice.objects.create(device=b"d" * 32, person=person, card=b"", card_version=1, pinned=True)
    return person


def serve(person) -> float | None:
    return Carrier().serve(person.pk, knock=False, ending=lambda: False)


def test_no_file_answer_or_deletion_that_waits_is_handed_over(bob, alice):
    alice.listed = ["receiveFile", "acknowledgeDelete"]
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.post("/receiveEvent", alice.compose_event("bob", "Party"))
        bob.hear(alice.compose("bob", "hi", hashing=1, encryption=2))
        sends(person, "with a file", tray(person))
        invitations.answer(bob.messages.get(text="Party"), 1)
        deletions.ask(bob.messages.get(text="hi"))
        gets_a_device(alice.name)
        assert serve(person) is None
        assert not alice.asked
    assert bob.messages.get(text="with a file").reason == NATIVE
    assert Invitation.objects.get().reason == NATIVE
    assert bob.messages.get(text="hi").deletion == NATIVE
    assert not ClassicLetter.objects.filter(state="waiting").exists()


def test_nothing_is_asked_about_him_and_nothing_left_with_him(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        gets_a_device(alice.name)
        telling.Asker().serve(person.pk, knock=False, ending=lambda: False)
        assert leaving._reachable(person) == []
        assert not alice.asked
    assert not Profile.objects.exists()


@pytest.mark.parametrize("encryption", [0, 2])
def test_no_message_file_or_invitation_under_his_name_is_taken(bob, alice, encryption):
    native = gets_a_device(alice.name)
    for path, body in (
        ("/receiveMessage", alice.compose("bob", "hi", encryption)),
        ("/receiveFile", alice.compose_file("bob", b"hi", encryption=encryption)),
        ("/receiveEvent", alice.compose_event("bob", "Party", encryption)),
    ):
        assert bob.post(path, body) == "2"
    assert not Message.objects.exists()
    assert not hasattr(native, "conversation")
    assert not hasattr(native, "classic")
