"""Alice leaves a message for Dave, who is away, at Bob's node; Dave fetches it. Mallory wants it too."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from peers.models import ClassicHeld, KnownPerson, PeerDevice
from peers.older import relay
from tests.classic.older_node import Door, OlderNode

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]


@pytest.fixture(autouse=True)
def names():
    relay.note_names(["alic001", "dave", "bob", "carol"])
    yield
    relay.cache.delete(relay.NAMES)


@pytest.fixture(scope="module")
def dave() -> OlderNode:
    return OlderNode(2018, "dave", 1024)


def retrieve(bob, name: str = "dave") -> str:
    return bob.post("/retrieveMessages", {"requestor": name})


def test_what_was_left_for_dave_reaches_him_as_it_was_when_he_asks(bob, alice, dave):
    body = alice.compose("dave", "for when you are back", 4, 2, dave.public_hex)
    assert bob.hear(body) == bob.hear(body) == "0"
    assert ClassicHeld.objects.count() == 1
    assert not bob.messages.exists()
    with Door(dave) as door:
        person = bob.meets(dave, door.port)
        assert bob.carries(person) is None
        assert not dave.heard
        assert retrieve(bob) == "0"
        assert bob.carries(person) is None
    assert [heard["message"] for heard in dave.heard] == ["for when you are back"]
    assert not ClassicHeld.objects.exists()


def test_who_knows_the_other_spelling_only_gets_what_was_left_too(bob, alice, dave):
    bob.hear(alice.compose("dave", "for later", 0))
    dave.unknown, dave.heard = ["/receiveMessage"], []
    with Door(dave) as door:
        person = bob.meets(dave, door.port)
        retrieve(bob)
        bob.carries(person)
    dave.unknown = []
    assert [heard["message"] for heard in dave.heard] == ["for later"]


def test_what_he_does_not_take_is_kept_until_he_asks_again(bob, alice, dave):
    bob.hear(alice.compose("dave", "hello"))
    with Door(dave) as door:
        person = bob.meets(dave, door.port)
        retrieve(bob)
        dave.answers = ["3"]
        bob.carries(person)
        assert (ClassicHeld.objects.count(), relay.waits_for(person)) == (1, False)


def test_nothing_is_pushed_to_somebody_who_is_not_in_the_list(bob, alice):
    bob.hear(alice.compose("dave", "hello"))
    assert retrieve(bob) == "3"
    assert not ClassicHeld.objects.filter(wanted=True).exists()


def test_asking_is_limited(bob, alice, dave):
    bob.meets(dave)
    assert [retrieve(bob) for _ in range(4)] == ["0", "0", "0", "11"]


def test_nothing_is_held_for_a_name_that_nobody_has(bob, alice):
    assert bob.hear(alice.compose("nobody", "hello")) == "3"
    assert not ClassicHeld.objects.exists()


def test_nothing_is_held_for_a_peernet_person_nor_under_the_name_of_one(bob, alice):
    carol = KnownPerson.objects.create(user_name="carol")
    PeerDevice.objects.create(device=b"c" * 32, person=carol, card=b"", card_version=1, pinned=True)
    assert bob.hear(alice.compose("carol", "hello")) == "3"
    assert bob.hear(alice.compose("dave", "hello") | {"sender": "carol"}) == "2"
    assert not ClassicHeld.objects.exists()


@pytest.mark.parametrize("quota", ["MOST_FROM_ONE", "MOST", "MOST_BYTES"])
def test_past_a_quota_nothing_more_is_held(bob, alice, monkeypatch, quota):
    monkeypatch.setattr(relay, quota, 2 if quota != "MOST_BYTES" else 450)
    answers = [bob.hear(alice.compose("dave", f"number {n}")) for n in range(4)]
    assert answers[0] == "0"
    assert answers[-1] == "11"
    assert ClassicHeld.objects.count() <= 3


def test_a_body_that_is_too_large_is_not_held(bob, alice):
    assert bob.hear(alice.compose("dave", "x" * 300_000)) == "6"


def test_after_two_weeks_it_is_forgotten(bob, alice):
    bob.hear(alice.compose("dave", "hello"))
    ClassicHeld.objects.update(created_at=timezone.now() - timedelta(days=15))
    relay.expire()
    assert not ClassicHeld.objects.exists()


def test_bob_asks_everybody_in_the_list_once_after_his_start(bob, alice):
    asker = relay.Asker()
    alice.requestors.clear()
    with Door(alice) as door:
        bob.meets(alice, door.port)
        asker.ask(allow_loopback=True)
        asker.ask(allow_loopback=True)
    assert alice.requestors == ["bob"]


def test_after_an_absence_bob_asks_everybody_again(bob, alice, monkeypatch):
    asker, alice.requestors, now = relay.Asker(), [], time.time()
    with Door(alice) as door:
        bob.meets(alice, door.port)
        for seconds in (0, 45, 400, 445):
            monkeypatch.setattr(relay.time, "time", lambda at=now + seconds: at)
            asker.ask(allow_loopback=True)
    assert alice.requestors == ["bob", "bob"]
