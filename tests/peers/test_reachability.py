"""How Bob's node tells whether it and others reach each other."""

import contextlib
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from peers import reachability, routes, ways
from peers.models import LoginServer, Way
from peers.protocol import bundle
from peers.pulls import Pulls
from peers.reachability import WAYS_OUT, Reach
from peers.transport.errors import BadAnswer, Rejected, Unreachable, WrongFingerprint

LONG_AGO = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def fresh_notes():
    ways.forget()


@pytest.fixture
def alices_way(known_alice):
    known_alice.person.user_name, known_alice.person.online = "alice", True
    known_alice.person.save()
    return Way.objects.create(peer=known_alice)


def reach(way):
    way.save()
    return reachability.reach(way.peer.person)


def test_a_node_that_was_dialled_is_reached_directly(alices_way):
    ways.dialled(alices_way.peer_id)
    assert reachability.reach(alices_way.peer.person) is Reach.DIRECT


def test_nobody_is_out_of_reach_before_they_have_been_silent_for_a_while(alices_way):
    ways.undialled(alices_way.peer_id)
    assert reachability.reach(alices_way.peer.person) is Reach.UNKNOWN


def test_where_neither_reaches_the_other_there_is_no_way(alices_way):
    alices_way.undialled_since = timezone.now() - LONG_AGO
    assert reach(alices_way) is Reach.NO_WAY


def test_a_node_that_pulls_is_reached_by_its_pull(alices_way):
    alices_way.undialled_since = timezone.now() - LONG_AGO
    alices_way.pulled_at = timezone.now()
    assert reach(alices_way) is Reach.PULL


def test_a_pull_of_long_ago_is_no_way(alices_way):
    alices_way.undialled_since = alices_way.pulled_at = timezone.now() - timedelta(hours=1)
    assert reach(alices_way) is Reach.NO_WAY


def test_whoever_is_offline_is_not_out_of_reach(alices_way):
    alices_way.peer.person.online = False
    alices_way.undialled_since = timezone.now() - LONG_AGO
    assert reach(alices_way) is Reach.UNKNOWN


def test_nothing_is_concluded_while_the_login_server_is_away(alices_way):
    LoginServer.objects.create(address="192.0.2.1:1", key=bytes(32), down_since=timezone.now())
    alices_way.undialled_since = timezone.now() - LONG_AGO
    assert reach(alices_way) is Reach.UNKNOWN


def test_a_node_that_answers_again_is_reached_again(alices_way):
    ways.undialled(alices_way.peer_id)
    ways.dialled(alices_way.peer_id)
    assert reachability.reach(alices_way.peer.person) is Reach.DIRECT
    ways.undialled(alices_way.peer_id)
    assert reachability.reach(alices_way.peer.person) is Reach.UNKNOWN


def test_what_repeats_is_written_once(alices_way, django_assert_num_queries):
    ways.dialled(alices_way.peer_id)
    with django_assert_num_queries(0):
        ways.dialled(alices_way.peer_id)


def test_a_note_that_cannot_be_written_harms_nothing(alices_way, monkeypatch):
    def full(*_):
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(ways, "_write", full)
        ways.dialled(alices_way.peer_id)
    ways.dialled(alices_way.peer_id)
    assert reachability.reach(alices_way.peer.person) is Reach.DIRECT


@pytest.mark.parametrize(
    ("problem", "expected"),
    [(None, Reach.DIRECT), (Rejected(503), Reach.DIRECT), (Unreachable(), Reach.UNKNOWN)],
)
def test_every_attempt_tells_whether_a_node_can_be_dialled(alices_way, monkeypatch, problem, expected):
    def post(*_):
        if problem:
            raise problem
        return b"answer"

    monkeypatch.setattr(routes.PinnedSession, "post", post)
    with contextlib.suppress(Rejected, Unreachable):
        routes.Routes().post(alices_way.peer, b"")
    assert reachability.reach(alices_way.peer.person) is expected
    assert Way.objects.get().undialled_since is None or expected is Reach.UNKNOWN


@pytest.mark.parametrize("strange", [WrongFingerprint("another certificate"), BadAnswer("no TLS 1.3")])
def test_a_strangers_computer_at_the_first_address_hides_nobody(alice, alices_way, monkeypatch, strange):
    from peers.protocol.card import sign_card
    from peers.protocol.codec import encode

    card = alice.card(addresses=("192.168.1.5:10000", "198.51.100.7:10000"))
    alices_way.peer.card = encode(sign_card(alice.key, card))
    tried = []

    def post(session, *_):
        tried.append(session.host)
        if len(tried) == 1:
            raise strange
        return b"answer"

    monkeypatch.setattr(routes.PinnedSession, "post", post)
    assert routes.Routes().post(alices_way.peer, b"") == b"answer"
    assert tried[-1] == "198.51.100.7"


def test_a_bundle_at_our_door_shows_that_we_can_be_dialled(alice, bob, bobs_card, known_alice):
    from peers import inbox

    inbox.receive(bob, bundle.make_bundle(alice.key, bobs_card, []))
    assert Way.objects.get().reached_at is not None
    assert reachability.findings()[0].sentence.startswith("Other nodes dial this one")


def test_doctor_names_the_ways_out_where_there_is_no_way(alices_way):
    alices_way.undialled_since = timezone.now() - LONG_AGO
    alices_way.save()
    own, alices = reachability.findings()
    assert not own.is_well
    assert not alices.is_well
    assert alices.sentence.startswith("alice: no way.")
    assert WAYS_OUT in own.sentence
    assert WAYS_OUT in alices.sentence


def test_doctor_says_how_everybody_is_reached(alices_way):
    ways.dialled(alices_way.peer_id)
    assert [each.is_well for each in reachability.findings()] == [True, True]
    assert reachability.findings()[1].sentence.startswith("alice: direct.")


@pytest.mark.parametrize(("setting", "said"), [("auto", "it fetches"), ("no", "it fetches"), ("yes", "settings say")])
def test_doctor_says_how_a_node_gets_what_nobody_brings(alices_way, settings, setting, said):
    settings.PEERNET_PEERS_DIALLABLE = setting
    ways.dialled(alices_way.peer_id)
    own = reachability.findings()[0]
    assert own.is_well
    assert said in own.sentence


def test_in_the_node_itself_a_pull_is_there_or_not(alices_way, monkeypatch):
    alices_way.undialled_since = timezone.now() - LONG_AGO
    alices_way.pulled_at = timezone.now()
    here = Pulls()
    here.is_served = True
    monkeypatch.setattr(reachability, "open_pulls", here)
    assert reach(alices_way) is Reach.NO_WAY
    monkeypatch.setattr(here, "expects", lambda peer: True)
    assert reach(alices_way) is Reach.PULL


def test_a_new_node_has_nothing_to_complain_of(bob):
    assert [each.is_well for each in reachability.findings()] == [True]
