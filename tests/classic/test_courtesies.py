"""Leases, deletions that Bob asks for, and letters that wait with others while somebody is away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging import deletions
from messaging.deletions import CannotDelete
from messaging.models import Message
from peers.models import ClassicLetter, ClassicPerson, KnownPerson
from peers.older import outbox
from peers.older.courier import Carrier
from tests.classic.older_node import Door, OlderNode
from tests.classic.test_files import sends, tray
from tests.classic.test_page import browser, details

__all__ = ["browser"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]
TEXT = "Kia ora 😀"


@pytest.fixture(scope="module")
def dave() -> OlderNode:
    return OlderNode(2018, "dave", 1024)


def serve(person) -> float | None:
    return Carrier().serve(person.pk, knock=False, ending=lambda: False)


# Two processes


def test_a_person_whom_another_process_serves_is_left_to_it(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        leased = {"leased_by": "other", "leased_until": timezone.now() + timedelta(minutes=1)}
        ClassicPerson.objects.update(**leased)
        assert serve(person) > 0
        assert not alice.heard
        ClassicPerson.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert serve(person) is None
    assert len(alice.heard) == 1
    assert ClassicPerson.objects.get().leased_by == ""


def test_while_one_process_hands_a_letter_over_no_other_does(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        one, other = Carrier(), Carrier()
        assert one._lease(person)
        assert not other._lease(person)
        assert one._lease(person)
        one.close()
        assert other._lease(person)


# Deleting on both sides


def talked(bob, alice, door) -> ClassicPerson:
    person = bob.meets(alice, door.port)
    bob.hear(alice.compose("bob", "from Alice", stamp="1700000000.5"))
    sends(person, TEXT, tray(person))
    assert serve(person) is None
    return person


def test_bob_deletes_what_he_wrote_and_what_alice_wrote(bob, alice):
    alice.listed = ["receiveFile", "acknowledgeDelete"]
    with Door(alice) as door:
        person = talked(bob, alice, door)
        for message in bob.messages:
            deletions.ask(message)
        assert serve(person) is None
    assert not bob.messages.exists()
    assert sorted(str(body["stamp"]) for body in alice.deleted)[0] == "1700000000.5"
    assert len(alice.deleted) == 3
    assert all(body["sender"] == "bob" for body in alice.deleted)


def test_a_node_that_never_had_it_is_no_obstacle(bob, alice):
    alice.listed = ["receiveFile", "acknowledgeDelete"]
    with Door(alice) as door:
        person = talked(bob, alice, door)
        deletions.ask(bob.messages.get(mine=False))
        alice.answers = ["4"]
        serve(person)
    assert not bob.messages.filter(mine=False).exists()


def test_a_node_that_deletes_nothing_leaves_the_message_with_a_reason_and_a_way(bob, alice):
    with Door(alice) as door:
        person = talked(bob, alice, door)
        message = bob.messages.get(mine=False)
        deletions.ask(message)
        assert Message.objects.get(pk=message.pk).deletion == deletions.ON_THE_WAY
        serve(person)
    message.refresh_from_db()
    assert message.deletion.startswith("Their program does not delete messages")
    deletions.here(message)
    assert not bob.messages.filter(mine=False).exists()


def test_what_waits_or_is_being_deleted_cannot_be_deleted_on_both_sides(bob, alice):
    person = bob.meets(alice)
    message = bob.writes(person, TEXT)
    with pytest.raises(CannotDelete):
        deletions.ask(message)
    with pytest.raises(CannotDelete):
        deletions.here(message)


def test_the_details_of_a_classic_message_offer_it(bob, alice, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_classic_node"
    bob.meets(alice)
    bob.hear(alice.compose("bob", TEXT))
    settings.ROOT_URLCONF = "peernet.urls_node"
    message = bob.messages.get()
    assert "Delete on both sides" in details(browser, message)
    assert browser.post(f"/messages/{message.hex}/delete-both").status_code == 303
    assert "Delete on both sides" not in details(browser, message)
    assert ClassicLetter.objects.filter(kind="deletion", state=outbox.WAITING).exists()


# Somebody who is away


def away(bob, dave, **changes) -> ClassicPerson:
    person = bob.meets(dave, 9, **changes)
    KnownPerson.objects.filter(pk=person.person_id).update(online=False)
    return person


@pytest.mark.parametrize("encryption", [4, 5])
def test_a_letter_for_somebody_away_waits_with_everybody_who_is_there(bob, alice, dave, encryption):
    carol = OlderNode(2018, "carol", 1024)
    with Door(alice) as door, Door(carol) as other:
        bob.meets(alice, door.port)
        bob.meets(carol, other.port)
        person = away(bob, dave)
        ClassicPerson.objects.filter(pk=person.pk).update(encryption=encryption if encryption == 5 else None)
        bob.writes(person, TEXT)
        assert serve(person) > 0
        assert serve(person) > 0
    (one,), (two,) = alice.bodies, carol.bodies
    assert one == two
    assert (one["sender"], one["destination"], one["encryption"]) == ("bob", "dave", encryption)
    assert dave.take(one) == "0"
    assert dave.heard.pop()["message"] == TEXT
    message = bob.messages.get()
    assert message.state == Message.State.WAITING
    assert message.caution.startswith("Left with 2 other programs until they are back. Classic, encryption")


def test_a_node_that_knows_the_other_spelling_only_keeps_it_as_well(bob, alice, dave):
    alice.unknown = ["/receiveMessage"]
    with Door(alice) as door:
        bob.meets(alice, door.port)
        person = away(bob, dave)
        bob.writes(person, TEXT)
        serve(person)
    assert len(alice.bodies) == 1


def test_a_file_waits_with_others_too(bob, alice, dave):
    with Door(alice) as door:
        bob.meets(alice, door.port)
        person = away(bob, dave)
        sends(person, "", tray(person))
        serve(person)
    assert dave.take(alice.bodies[0]) == "0"
    assert dave.files.pop()[0] == "notes.txt"
    dave.heard.clear()


def test_nothing_is_left_with_others_that_the_settings_want_hidden(bob, alice, dave, settings):
    settings.PEERNET_CLASSIC_MIN_ENCRYPTION = 3
    with Door(alice) as door:
        bob.meets(alice, door.port)
        person = away(bob, dave, public_key="")
        bob.writes(person, TEXT)
        serve(person)
    assert not alice.bodies
    assert bob.messages.get().state == Message.State.WAITING


def test_nothing_is_left_with_others_for_somebody_who_is_there(bob, alice, dave):
    with Door(alice) as door:
        bob.meets(alice, door.port)
        person = bob.meets(dave, 9)
        bob.writes(person, TEXT)
        serve(person)
    assert not alice.bodies


def test_who_is_back_gets_it_directly_as_well_under_the_same_stamp(bob, alice, dave):
    with Door(alice) as door, Door(dave) as home:
        bob.meets(alice, door.port)
        person = away(bob, dave)
        bob.writes(person, TEXT)
        serve(person)
        ClassicPerson.objects.filter(pk=person.pk).update(port=home.port)
        assert serve(person) is None
    assert dave.take(alice.bodies[0]) == "0"
    assert len({heard["stamp"] for heard in dave.heard}) == 1
    dave.heard.clear()
    assert bob.messages.get().state == Message.State.HANDED
