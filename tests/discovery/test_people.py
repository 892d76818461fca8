"""What the directory says is checked against signatures, and against what was pinned at first sight."""

import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers import hooks, people
from peers.member.errors import NothingToJudge
from peers.models import KnownPerson, LoginServer, PeerDevice
from peers.protocol.card import sign_card
from peers.protocol.certificate import Withdrawal
from peers.protocol.codec import encode
from peers.protocol.errors import BadSignature, ProtocolError
from peers.protocol.statements import Action, begin, extend
from tests.discovery.conftest import pinned
from tests.protocol.cast import Device


def person_of(device: Device) -> KnownPerson:
    return KnownPerson.objects.get(pk=uuid.UUID(bytes=device.person))


def device_of(device: Device) -> PeerDevice:
    return PeerDevice.objects.get(device=device.id)


def second_device(device: Device) -> Device:
    """Another device of the same person."""
    other = Device.new()
    other.person = device.person
    return other


@pytest.fixture
def heard_changes():
    """The people whose keys were found changed."""
    found = []

    def listen(person, **_):
        found.append(person.pk)

    hooks.keys_changed.connect(listen)
    yield found
    hooks.keys_changed.disconnect(listen)


def test_alice_is_pinned_at_first_sight_and_reachable(directory, alice):
    assert directory.tell(directory.entry(alice)) == [device_of(alice).pk]
    assert pinned(alice)
    assert person_of(alice).name == "Alice"
    assert person_of(alice).online


def test_the_cursor_moves_with_what_was_applied(directory, alice):
    directory.tell(directory.entry(alice))
    assert LoginServer.objects.get().cursor == 1


def test_bob_himself_is_not_somebody_he_knows(directory, bob):
    himself = Device.new()
    himself.person = bytes(bob.person)
    directory.tell(directory.entry(himself, "bob"))
    assert not KnownPerson.objects.exists()


def test_alice_gone_offline_is_seen_as_offline_and_stays_pinned(directory, alice):
    directory.tell(directory.entry(alice))
    seen = "2026-11-23T12:00:00Z"
    assert directory.tell(directory.entry(alice, online=False, last_seen=seen)) == []
    assert not person_of(alice).online
    assert person_of(alice).last_seen.hour == 12
    assert pinned(alice)


def test_alice_coming_back_is_reachable(directory, alice):
    directory.tell(directory.entry(alice, online=False))
    assert directory.tell(directory.entry(alice)) == [device_of(alice).pk]


LIES = {
    "a foreign certificate": lambda d, a, m: {"certificate": encode(d.certificate(a, "alice", m.key)).hex()},
    "another's certificate": lambda d, a, m: {"certificate": encode(d.certificate(m, "alice")).hex()},
    "another's card": lambda d, a, m: {"card": encode(m.signed_card()).hex()},
    "a card that another signed": lambda d, a, m: {"card": encode(sign_card(m.key, a.card())).hex()},
    "a swapped device": lambda d, a, m: {"device": m.id.hex()},
    "a swapped person": lambda d, a, m: {"person": str(uuid.UUID(bytes=m.person))},
    "another's list": lambda d, a, m: {"statements": [encode(begin(m.key, m.person)).hex()]},
    "a list that another began": lambda d, a, m: {"statements": [encode(begin(m.key, a.person)).hex()] * 2},
    "no list": lambda d, a, m: {"statements": []},
    "an unsigned card": lambda d, a, m: {"card": encode(a.card()).hex()},
    "garbage for a card": lambda d, a, m: {"card": "c0ffee"},
    "garbage for a certificate": lambda d, a, m: {"certificate": ""},
    "no hex": lambda d, a, m: {"card": "zz"},
    "a number for a name": lambda d, a, m: {"name": 7},
    "an end of time": lambda d, a, m: {"certificate": encode(d.certificate(a, "alice", days=10**12)).hex()},
}


@pytest.mark.parametrize("lie", LIES)
def test_an_entry_with_a_lie_is_refused_and_those_beside_it_count(directory, alice, mallory, lie):
    carol = Device.new()
    told = directory.entry(alice, **LIES[lie](directory, alice, mallory))
    with pytest.raises(ProtocolError):
        directory.verify(told)
    directory.tell(told, directory.entry(carol, "carol"))
    assert not pinned(alice)
    assert pinned(carol)


def test_an_ended_certificate_introduces_nobody(directory, alice):
    directory.tell(directory.entry(alice, certificate=encode(directory.certificate(alice, "alice", days=0)).hex()))
    assert not KnownPerson.objects.exists()


def test_an_older_card_changes_nothing(directory, alice):
    newer = encode(sign_card(alice.key, alice.card(version=2))).hex()
    directory.tell(directory.entry(alice, card=newer))
    directory.tell(directory.entry(alice))
    assert device_of(alice).card_version == 2


def test_a_newer_card_is_taken_and_makes_alice_reachable_anew(directory, alice):
    directory.tell(directory.entry(alice))
    moved = encode(sign_card(alice.key, alice.card(version=2, addresses=("198.51.100.9:1",)))).hex()
    assert directory.tell(directory.entry(alice, card=moved)) == [device_of(alice).pk]
    assert device_of(alice).card_version == 2


def test_a_device_that_alice_added_is_pinned_with_the_first(directory, alice):
    directory.tell(directory.entry(alice))
    phone = second_device(alice)
    chain = [begin(alice.key, alice.person)]
    chain.append(extend(alice.key, chain, Action.ADD, phone.id))
    directory.tell(directory.entry(phone, statements=[encode(each).hex() for each in chain]))
    assert pinned(alice)
    assert pinned(phone)


def test_a_device_that_is_not_on_alices_list_is_never_pinned(directory, alice, heard_changes):
    directory.tell(directory.entry(alice))
    planted = second_device(alice)
    directory.tell(directory.entry(planted, statements=[encode(begin(alice.key, alice.person)).hex()]))
    assert not pinned(planted)
    assert pinned(alice)
    assert heard_changes == []


def other_list(directory, alice) -> tuple[Device, dict]:
    """The login server, or whoever holds it, gives Alice another device with a list of its own."""
    planted = second_device(alice)
    return planted, directory.entry(planted, statements=[encode(begin(planted.key, alice.person)).hex()])


def test_another_list_stops_everything_to_alice_until_bob_decides(directory, alice, heard_changes):
    directory.tell(directory.entry(alice))
    planted, entry = other_list(directory, alice)
    assert directory.tell(entry) == []
    assert not pinned(alice)
    assert not pinned(planted)
    assert person_of(alice).key_changed
    assert heard_changes == [person_of(alice).pk]


def test_the_same_other_list_is_asked_about_once(directory, alice, heard_changes):
    directory.tell(directory.entry(alice))
    _, entry = other_list(directory, alice)
    directory.tell(entry)
    directory.tell(entry)
    assert len(heard_changes) == 1


def test_accepting_the_other_list_pins_its_devices_only(directory, alice):
    directory.tell(directory.entry(alice))
    planted, entry = other_list(directory, alice)
    directory.tell(entry)
    assert people.judge_keys(person_of(alice), accept=True) == [device_of(planted).pk]
    assert pinned(planted)
    assert not pinned(alice)


def test_refusing_the_other_list_goes_on_with_the_first_and_does_not_ask_again(directory, alice, heard_changes):
    directory.tell(directory.entry(alice))
    planted, entry = other_list(directory, alice)
    directory.tell(entry)
    people.judge_keys(person_of(alice), accept=False)
    directory.tell(entry)
    assert pinned(alice)
    assert not pinned(planted)
    assert len(heard_changes) == 1


def test_bob_decides_only_about_the_list_that_he_was_shown(directory, alice):
    directory.tell(directory.entry(alice))
    directory.tell(other_list(directory, alice)[1])
    with pytest.raises(NothingToJudge):
        people.judge_keys(person_of(alice), accept=True, shown=bytes(32))
    assert person_of(alice).key_changed


def test_a_deactivated_person_is_written_to_no_more(directory, alice):
    directory.tell(directory.entry(alice))
    directory.tell(directory.entry(alice, active=False))
    assert not pinned(alice)


def test_a_withdrawn_device_is_unpinned_for_good(directory, alice):
    directory.tell(directory.entry(alice))
    people.withdraw(directory.server, [Withdrawal(1, alice.person, alice.id, 1_700_000_000)])
    directory.tell(directory.entry(alice))
    assert not pinned(alice)
    assert LoginServer.objects.get().last_withdrawal == 1


def test_a_withdrawal_that_is_missing_is_noticed(directory, alice):
    with pytest.raises(BadSignature):
        people.withdraw(directory.server, [Withdrawal(2, alice.person, alice.id, 1_700_000_000)])
    assert LoginServer.objects.get().last_withdrawal == 0


def test_a_device_whose_certificate_has_ended_is_unpinned(directory, alice):
    directory.tell(directory.entry(alice))
    PeerDevice.objects.update(certified_until="2026-01-01T00:00:00Z")
    people.review()
    assert not pinned(alice)


def test_an_ended_certificate_counts_while_the_login_server_is_away(directory, alice):
    directory.tell(directory.entry(alice))
    people.note_link(directory.server, is_up=False)
    from django.utils import timezone

    PeerDevice.objects.update(certified_until=timezone.now() - timezone.timedelta(days=89))
    people.review()
    assert pinned(alice)


def test_a_known_device_cannot_be_given_to_another_person(directory, alice):
    directory.tell(directory.entry(alice))
    stolen = Device(alice.key, Device.new().person, alice.account, alice.secret)
    directory.tell(directory.entry(stolen, "mallory"))
    assert device_of(alice).person_id == uuid.UUID(bytes=alice.person)


def test_a_card_in_a_bundle_must_be_of_its_sender(directory, alice, mallory):
    directory.tell(directory.entry(alice))
    with pytest.raises(ProtocolError):
        people.take_card(device_of(alice), mallory.signed_card())


def test_a_newer_card_in_a_bundle_is_taken_once(directory, alice):
    directory.tell(directory.entry(alice))
    newer = sign_card(alice.key, alice.card(version=5))
    assert people.take_card(device_of(alice), newer)
    assert not people.take_card(device_of(alice), newer)
    assert device_of(alice).card_version == 5


def test_mallory_cannot_certify(directory, alice):
    key = Ed25519PrivateKey.generate()
    told = directory.entry(alice, certificate=encode(directory.certificate(alice, "alice", key)).hex())
    with pytest.raises(BadSignature):
        directory.verify(told)
