"""Bob's node cannot be dialled: it pulls at Alice's, takes in what she hands out, and returns his receipt."""

import threading
import time

import pytest
from django.db import OperationalError

from peers import database, puller, talks, ways
from peers.models import PeerDevice, Way
from peers.protocol import bundle, pull, receipt
from peers.protocol.codec import decode, encode
from peers.puller import Puller
from peers.talks import Talk
from peers.transport.errors import Rejected, Unreachable


class AlicesDoor:
    """Stands where the network stands: it opens Bob's pulls, and hands out what it has."""

    def __init__(self, alice, bobs_card):
        self.alice, self.bobs_card = alice, bobs_card
        self.nonces, self.requests, self.bundles, self.failures, self.cards = [b"1" * 32], [], [], [], []

    def post(self, body):
        if self.failures:
            raise self.failures.pop(0)
        contents, key_id = pull.open_pull([self.alice.secret], self.alice.id, body)
        request = pull.verify_pull(contents, self.bobs_card.device, self.alice.id, key_id)
        self.requests.append(request)
        self.cards.append(contents.card)
        taken = request.nonce == self.nonces[-1]
        if taken:
            self.nonces.append(bytes([len(self.nonces) + 65]) * 32)
        handed = self.bundles.pop(0) if taken and self.bundles else None
        return encode(pull.Handout(self.nonces[-1], taken, handed))


@pytest.fixture(autouse=True)
def no_threads(monkeypatch, settings):
    ways.forget()
    settings.PEERNET_PEERS_DIALLABLE = "auto"
    monkeypatch.setattr(database, "call", lambda function, *args: function(*args))


@pytest.fixture
def door(alice, bobs_card, monkeypatch):
    made = AlicesDoor(alice, bobs_card)

    class Route:
        version = 1

        def __init__(self, *_):
            self.closed = False

        def post(self, body, path, total, limit):
            assert (path, total > 25, limit > 2**20) == ("/peernet/1/pulls", True, True)
            return made.post(body)

        def abort(self):
            made.failures.append(Unreachable("aborted"))

        def close(self):
            self.closed = True

    monkeypatch.setattr(talks, "Route", Route)
    return made


@pytest.fixture
def talk(known_alice, door):
    return Talk(known_alice.pk)


@pytest.fixture
def knock(alice, bobs_card):
    return bundle.make_bundle(alice.key, bobs_card, [])


def verdicts(alice, bob, reply, digests=()):
    answer = decode(receipt.Answer, reply.answer)
    return receipt.read_receipt(answer.receipt, alice.id, bytes(bob.device), list(digests)).verdicts


def test_the_first_pull_learns_the_nonce_and_the_second_uses_it(talk, door):
    assert talk.hold() == talks.SHORT
    assert [each.nonce for each in door.requests] == [None, b"1" * 32]


def test_what_is_handed_out_is_taken_in_and_receipted_by_the_next_pull(talk, door, knock, alice, bob):
    door.bundles = [knock]
    talk.hold()
    first, second, third = door.requests
    assert (first.reply, second.reply) == (None, None)
    assert verdicts(alice, bob, third.reply) == []


def test_a_reply_is_repeated_until_a_pull_that_carries_it_was_taken(talk, door, knock):
    door.bundles, door.failures = [knock], []
    talk._once()
    talk._once()
    door.nonces.append(b"restarted".ljust(32))
    door.failures = [Unreachable("gone")]
    talk._once()
    talk._once()
    talk._once()
    lost, taken = door.requests[-2:]
    assert lost.reply is not None
    assert lost.reply == taken.reply
    talk._once()
    assert door.requests[-1].reply is None


def test_somebody_elses_bundle_is_refused_and_alice_is_told(talk, door, mallory, bobs_card, known_mallory):
    PeerDevice.objects.filter(pk=known_mallory.pk).update(pinned=True)
    door.bundles = [bundle.make_bundle(mallory.key, bobs_card, [])]
    talk.hold()
    assert door.requests[-1].reply.answer is None


@pytest.mark.parametrize("rubbish", [b"", b"rubbish"])
def test_rubbish_is_refused_and_alice_is_told(talk, door, rubbish):
    door.bundles = [rubbish]
    talk.hold()
    assert door.requests[-1].reply.answer is None


def test_what_cannot_be_stored_is_not_receipted(talk, door, knock, monkeypatch):
    def full(*_, **__):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(talks.inbox, "receive", full)
    door.bundles = [knock]
    talk.hold()
    assert door.requests[-1].reply.answer is None


def test_a_fetched_bundle_does_not_count_as_dialling_us(talk, door, knock, known_alice):
    door.bundles = [knock]
    talk.hold()
    assert Way.objects.get().reached_at is None
    assert not talk.is_needless


def test_our_card_comes_along_until_alice_took_it(talk, door):
    talk.hold()
    talk.hold()
    assert [card is not None for card in door.cards] == [True, True, False]


def test_a_node_that_does_not_answer_is_asked_again_after_a_pause_that_grows_with_jitter(talk, door):
    door.failures = [Unreachable("nobody")] * 8
    pauses = [talk.hold() for _ in range(8)]
    assert 0.5 <= pauses[0] <= 1.0
    assert 15 <= pauses[-1] <= 30
    assert Way.objects.get().undialled_since is not None
    talk.hold()
    assert Way.objects.get().undialled_since is None


def test_rubbish_for_an_answer_is_a_failure(talk, door, monkeypatch):
    monkeypatch.setattr(door, "post", lambda body: b"rubbish")
    assert 0.5 <= talk.hold() <= 1.0


def test_a_node_that_asks_for_patience_gets_it(talk, door):
    door.failures = [Rejected(429, 45)]
    assert talk.hold() == 45


def test_two_homes_with_the_same_keys_do_not_fight_without_end(talk, door, monkeypatch):
    monkeypatch.setattr(door, "post", lambda body: encode(pull.Handout(b"x" * 32, False, None)))
    assert talk.hold() == talks.REFUSED_PAUSE


def test_nobody_is_pulled_at_who_is_not_pinned(talk, door, known_alice):
    PeerDevice.objects.filter(pk=known_alice.pk).update(pinned=False)
    assert talk.hold() is None
    assert not door.requests


def test_who_dials_us_is_not_pulled_at_for_an_hour(talk, door):
    talk.reached()
    assert 3500 < talk.hold() <= talks.TRUSTED_SECONDS
    assert not door.requests


def test_a_receipt_is_still_returned_to_who_dials_us(talk, door, knock):
    door.bundles = [knock]
    talk._once()
    talk._once()
    talk.reached()
    assert talk.hold() == talks.SHORT
    assert talk.hold() > talks.SHORT
    assert door.requests[-1].reply is not None


def test_the_setting_says_that_nobody_can_dial_us(talk, door, settings):
    settings.PEERNET_PEERS_DIALLABLE = "no"
    talk.reached()
    assert talk.hold() == talks.SHORT


def test_on_another_network_everything_is_found_out_anew(talk, door):
    talk.hold()
    talk.reached()
    talk.restart()
    assert not talk.is_needless
    # The pull that was under way fails, and it is no fault of Alice's.
    talk._is_restarting = True
    assert talk._once() < 1
    assert not Way.objects.filter(undialled_since__isnull=False).exists()
    door.failures.clear()
    assert talk.hold() == talks.SHORT
    assert door.requests[-2].nonce is None


def test_once_an_hour_alice_is_asked_to_dial_again(talk, door):
    talk.hold()
    talk._opened_at = time.monotonic() - talks.TRUSTED_SECONDS - 1
    talk.hold()
    assert [each.nonce is None for each in door.requests] == [True, False, True, False]


class SlowTalk:
    """Holds its pull until it is told to end."""

    held: list["SlowTalk"] = []

    def __init__(self, peer):
        self.peer, self.over, self.is_needless, self.ends = peer, threading.Event(), False, 0
        SlowTalk.held.append(self)

    def hold(self):
        self.over.wait(5)
        self.over.clear()
        self.ends += 1
        return

    def reached(self):
        self.is_needless = True

    def restart(self):
        self.is_needless = False
        self.over.set()

    end = restart


@pytest.fixture
def pulling(monkeypatch):
    SlowTalk.held = []
    monkeypatch.setattr(puller, "WAKE_JITTER", 0.0)
    monkeypatch.setattr(puller, "START_JITTER", 0.0)
    made = Puller(talk=SlowTalk)
    yield made
    made.stop()


def wait_for(condition):
    pause = threading.Event()
    for _ in range(400):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came")


@pytest.mark.django_db(transaction=True)
def test_every_pinned_device_is_pulled_at_and_no_other(pulling, known_alice, known_mallory):
    pulling.start()
    wait_for(lambda: SlowTalk.held)
    assert pulling._pulling == {known_alice.pk}
    assert [each.peer for each in SlowTalk.held] == [known_alice.pk]


@pytest.mark.django_db(transaction=True)
def test_a_node_that_everybody_can_dial_pulls_nowhere(pulling, known_alice, settings):
    settings.PEERNET_PEERS_DIALLABLE = "yes"
    pulling.start()
    pulling.wake(known_alice.pk)
    assert not pulling._due
    assert not SlowTalk.held


@pytest.mark.django_db(transaction=True)
def test_one_pull_at_a_time_is_held_for_a_device(pulling, known_alice):
    pulling.start()
    wait_for(lambda: SlowTalk.held)
    pulling.wake(known_alice.pk)
    assert not pulling._due


@pytest.mark.django_db(transaction=True)
def test_after_a_wake_every_pull_is_opened_anew(pulling, known_alice):
    pulling.start()
    wait_for(lambda: SlowTalk.held)
    pulling.wake_all()
    wait_for(lambda: SlowTalk.held[0].ends == 1 and pulling._pulling == {known_alice.pk})


@pytest.mark.django_db(transaction=True)
def test_at_rest_a_dialled_node_has_no_pull_and_no_thread_for_it(pulling, known_alice):
    pulling.start()
    wait_for(lambda: SlowTalk.held)
    pulling.reached(known_alice.pk)
    SlowTalk.held[0].over.set()
    wait_for(lambda: not pulling._pulling and len(pulling._threads) == 1)


@pytest.mark.django_db(transaction=True)
def test_stopping_hangs_up(pulling, known_alice):
    pulling.start()
    wait_for(lambda: SlowTalk.held)
    began = time.monotonic()
    pulling.stop()
    assert time.monotonic() - began < 2
    assert not pulling._threads
