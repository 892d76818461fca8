"""What Alice's page says about her computers: of each, what is true of that one."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from peers import people
from peers.models import KnownPerson, PeerDevice, Way
from peers.protocol.codec import encode
from peers.protocol.statements import Action, begin, extend
from peers.reachability import Reach
from profiles.connection import NO_COMPUTER, NONE_IN_USE, PROTECTION, Standing, connection_with
from tests.protocol.cast import Device

SOON = timedelta(days=20)


@pytest.fixture
def chain(alice) -> list:
    """Alice's list of devices, which tests make longer."""
    return [begin(alice.key, alice.person)]


@pytest.fixture
def trust(alices, known_alice, chain):
    """Let Bob trust Alice's list as it stands, and look at her devices anew."""
    PeerDevice.objects.filter(pk=known_alice.pk).update(certified_until=timezone.now() + SOON)

    def trusted() -> None:
        KnownPerson.objects.filter(pk=alices.pk).update(statements=encode(people.StatementList(chain)))
        people.evaluate(KnownPerson.objects.get(pk=alices.pk))

    trusted()
    return trusted


@pytest.fixture
def add(alice, alices, chain, trust):
    """Give Alice another computer, on her list or beside it."""

    def added(*, listed: bool = True, **fields) -> PeerDevice:
        device = Device.new()
        device.person = alice.person
        card = encode(device.signed_card())
        fields = {"certified_until": timezone.now() + SOON, "card_version": 1, **fields}
        row = PeerDevice.objects.create(device=device.id, person=alices, card=card, **fields)
        if listed:
            chain.append(extend(alice.key, chain, Action.ADD, device.id))
        trust()
        return row

    return added


def standing_of(row: PeerDevice) -> Standing:
    (found,) = [each for each in connection_with(row.person).all if each.key == bytes(row.device).hex()]
    return found.standing


def test_two_computers_of_alice_are_in_use_at_once_each_with_its_own_way(alices, known_alice, add):
    phone = add()
    Way.objects.create(peer=known_alice, dialled_at=timezone.now())
    found = connection_with(alices)
    assert {each.key for each in found.devices} == {bytes(row.device).hex() for row in (known_alice, phone)}
    routes = {each.key: each.route for each in found.devices}
    assert routes[bytes(known_alice.device).hex()] == Reach.DIRECT.sentence
    assert routes[bytes(phone.device).hex()] == Reach.UNKNOWN.sentence
    assert (found.route, found.protection) == (Reach.DIRECT.sentence, PROTECTION)


def test_a_withdrawn_computer_stands_apart_with_its_date(browser, alices, add):
    lost = add(withdrawn_at=timezone.now() - timedelta(days=3))
    assert standing_of(lost) is Standing.WITHDRAWN
    page = browser.get(f"/people/{alices.pk}/").content.decode()
    in_use, earlier = page.split("Not written to")
    assert bytes(lost.device).hex() not in in_use
    assert bytes(lost.device).hex() in earlier
    assert re.search(r"Withdrawn on <time [^>]*>\d+ \w+ 20\d\d<", earlier)


def test_a_computer_says_why_it_is_not_written_to(alices, add):
    assert standing_of(add(listed=False)) is Standing.NOT_LISTED
    assert standing_of(add(certified_until=timezone.now() - timedelta(days=1))) is Standing.ENDED


def test_while_alices_keys_are_in_doubt_nothing_is_said_to_be_sealed(alices, known_alice, trust, mallory):
    mallory.person = alices.pk.bytes
    new = PeerDevice.objects.create(device=mallory.id, person=alices, card=b"", card_version=1)
    people._compare_lists(KnownPerson.objects.get(pk=alices.pk), [begin(mallory.key, mallory.person)])
    people.evaluate(KnownPerson.objects.get(pk=alices.pk))
    assert standing_of(new) is Standing.WAITS
    assert standing_of(known_alice) is Standing.HELD
    found = connection_with(alices)
    assert (found.devices, found.route, found.protection) == ([], NONE_IN_USE, "")


def test_whoever_has_left_is_not_written_to(alices, known_alice, trust):
    KnownPerson.objects.filter(pk=alices.pk).update(is_active=False)
    trust()
    assert standing_of(PeerDevice.objects.select_related("person").get(pk=known_alice.pk)) is Standing.LEFT


def test_the_last_contact_is_the_latest_of_all_ways(alices, known_alice, trust):
    now = timezone.now()
    Way.objects.create(peer=known_alice, dialled_at=now - timedelta(hours=2), reached_at=now)
    (device,) = connection_with(alices).devices
    assert device.met_at == now


def test_whoever_never_signed_in_has_no_computer_and_no_promise(db):
    found = connection_with(KnownPerson.objects.create(user_name="lena"))
    assert (found.all, found.route, found.protection) == ([], NO_COMPUTER, "")
