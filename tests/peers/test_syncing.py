"""`manage.py sync`: Bob's outbox is carried once, beside whatever else serves it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from peers import attempts, outbox, syncing
from peers.login_server import NotSignedIn
from peers.member.errors import NoLoginServer
from peers.models import Delivery, Lane, LoginServer
from peers.transport.errors import Unreachable
from tests.peers.test_attempts import AlicesNode


@pytest.fixture
def network(alice, bobs_card, monkeypatch):
    node = AlicesNode(alice, bobs_card)

    def carrier():
        made = attempts.Carrier()
        made.routes = node
        return made

    monkeypatch.setattr(syncing, "Carrier", carrier)
    return node


@pytest.fixture
def say(bob, known_alice):
    return lambda text: outbox.enqueue(bob, known_alice, "chat.message", bytes(16), text.encode())


def carry(seconds=10.0):
    return list(syncing.carry(seconds))[-1]


def test_all_that_waits_is_carried_and_the_lane_given_back(say, network):
    for text in ("one", "two", "three"):
        say(text)
    state = carry()
    assert network.heard == ["one", "two", "three"]
    assert (state.devices, state.served, state.ended, state.silent, state.waiting) == (1, 1, 3, 0, 0)
    assert Lane.objects.get().leased_by == ""


def test_a_second_time_there_is_nothing_to_do(say, network):
    say("one")
    carry()
    assert carry().devices == 0
    assert network.bundles == 1


def test_what_a_silent_node_does_not_take_goes_on_waiting(say, network):
    say("one")
    network.failures = [Unreachable("nobody")]
    state = carry()
    assert (state.ended, state.silent, state.elsewhere, state.waiting) == (0, 1, 0, 1)
    assert Delivery.objects.get().state == "waiting"


def test_a_lane_that_the_running_node_holds_is_left_to_it(say, network, known_alice):
    say("one")
    Lane.objects.create(peer=known_alice, leased_by="the node", leased_until=timezone.now() + timedelta(seconds=50))
    state = carry(seconds=0.2)
    assert (state.ended, state.silent, state.elsewhere, state.in_time) == (0, 0, 1, True)
    assert network.bundles == 0


def test_a_lane_that_a_dead_process_left_is_taken_over(say, network, known_alice):
    say("one")
    Lane.objects.create(peer=known_alice, leased_by="killed", leased_until=timezone.now() + timedelta(seconds=0.3))
    state = carry()
    assert (state.ended, state.elsewhere) == (1, 0)


def test_what_another_process_carries_meanwhile_is_not_carried_again(say, network, known_alice, monkeypatch):
    row = say("one")
    Lane.objects.create(peer=known_alice, leased_by="the node", leased_until=timezone.now() + timedelta(seconds=50))
    monkeypatch.setattr(
        syncing.time, "sleep", lambda seconds: Delivery.objects.filter(pk=row.pk).update(state="delivered")
    )
    state = carry()
    assert (state.elsewhere, state.waiting, network.bundles) == (0, 0, 0)


def test_the_pause_after_a_failure_belongs_to_whoever_comes_first(say, network, known_alice):
    say("one")
    network.failures = [Unreachable("nobody")]
    node = attempts.Carrier()
    node.routes = network
    assert node.serve(known_alice.pk, knock=False, ending=lambda: False) is not None
    assert carry().ended == 1


def test_when_time_is_up_it_says_so_and_the_rest_waits(say, network):
    say("one")
    state = carry(seconds=-1)
    assert not state.in_time
    assert state.waiting == 1


def test_a_node_that_knows_no_login_server_says_so(bob):
    with pytest.raises(NoLoginServer):
        syncing.follow_directory(lambda changes: None)


def test_where_nobody_is_signed_in_the_directory_is_not_asked(bob):
    LoginServer.objects.create(address="127.0.0.1:1", key=bytes(32))
    with pytest.raises(NotSignedIn):
        syncing.follow_directory(lambda changes: None)
