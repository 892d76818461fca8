"""Bundles that Bob's node makes while their envelopes are being committed, and what the courier makes of them."""

import threading

import pytest
from django.db import transaction

from peers import couriers, outbox
from peers import own as own_device
from peers.models import PeerDevice
from peers.presealing import MOST, Presealer
from peers.protocol import bundle, sealing
from peers.protocol.card import sign_card
from peers.protocol.codec import encode
from tests.peers.test_attempts import carrier, network, say, serve, wait_for

__all__ = ["carrier", "network", "say", "serve"]


class Makers:
    """Which bundles were made, by the threads that made them."""

    def __init__(self, monkeypatch) -> None:
        self.ahead: list[bytes] = []
        self.late: list[bytes] = []
        make = outbox.make_bundle

        def noted(*args):
            made = make(*args)
            is_ahead = threading.current_thread().name.startswith("presealing")
            (self.ahead if is_ahead else self.late).append(made)
            return made

        monkeypatch.setattr(outbox, "make_bundle", noted)


@pytest.fixture
def made(monkeypatch) -> Makers:
    return Makers(monkeypatch)


@pytest.fixture
def sent(network, monkeypatch) -> list[bytes]:
    """The bundles that Alice's node was sent, as they were."""
    bodies, post = [], network.post

    def noted(peer, data):
        bodies.append(data)
        return post(peer, data)

    monkeypatch.setattr(network, "post", noted)
    return bodies


@pytest.fixture
def begin(carrier, bob, known_alice):
    """Begin the bundle of deliveries to Alice, as their commit does, and wait for it."""

    def begun(*rows):
        carrier.presealer.begin(bob, known_alice, rows)
        return carrier.presealer._made[known_alice.pk][1].result(5)

    return begun


def test_the_courier_sends_the_bundle_that_was_begun(say, serve, network, begin, made, sent):
    begun = begin(say("one"), say("two"))
    assert serve() is None
    assert network.heard == ["one", "two"]
    assert sent == [begun] == made.ahead
    assert made.late == []


def test_a_bundle_that_was_begun_is_sent_once(say, serve, network, begin, made, sent):
    begun = begin(say("one"))
    serve()
    say("two")
    serve()
    assert network.heard == ["one", "two"]
    assert sent == [begun, *made.late]


def test_words_that_came_before_go_with_them_in_a_new_bundle(say, serve, network, begin, made, sent):
    say("one")
    begin(say("two"))
    serve()
    assert network.heard == ["one", "two"]
    assert sent == made.late


def test_a_message_that_was_given_up_meanwhile_is_not_in_the_bundle(say, serve, network, begin, made, sent):
    row = say("never mind")
    begin(row)
    outbox.give_up(row, "You gave this message up.")
    serve()
    assert network.heard == []
    assert sent == made.late


def test_a_new_card_of_ours_means_a_new_bundle(bob, say, serve, network, begin, made, sent):
    begin(say("one"))
    own_device.publish_card(bob, ["198.51.100.9:10000"], bytes(32))
    serve()
    (brought,) = [bundle.open_bundle([network.alice.secret], network.alice.id, data).card for data in sent]
    assert brought == own_device.current_card(bob)
    assert sent == made.late


def test_a_new_card_of_alices_means_a_bundle_that_she_can_open(alice, say, serve, network, begin, made, sent):
    begin(say("one"))
    # She rotated twice: what was sealed for her before, she opens no more.
    alice.secret = sealing.new_secret()
    card = encode(sign_card(alice.key, alice.card(version=2)))
    PeerDevice.objects.update(card=card, card_version=2)
    assert serve() is None
    assert network.heard == ["one"]
    assert sent == made.late


def test_a_card_that_alice_was_told_meanwhile_does_not_come_along(bob, say, serve, network, begin, made, sent):
    begin(say("one"))
    PeerDevice.objects.update(told_version=bob.card_version)
    serve()
    (data,) = sent
    assert bundle.open_bundle([network.alice.secret], network.alice.id, data).card is None
    assert sent == made.late


def test_a_message_whose_commit_failed_is_never_sent(say, serve, network, begin, made, sent):
    def breaks():
        begin(say("never said"))
        _ = 1 / 0

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        breaks()
    assert serve() is None
    assert sent == []
    # It has the number that the other one had.
    say("said")
    assert serve() is None
    assert network.heard == ["said"]
    assert sent == made.late


def test_a_device_that_is_no_longer_pinned_is_sent_nothing_that_was_begun(say, serve, begin, sent):
    begin(say("one"))
    PeerDevice.objects.update(pinned=False)
    assert serve() is None
    assert sent == []


@pytest.mark.parametrize(("count", "ahead"), [(MOST, 1), (MOST + 1, 0)])
def test_nothing_is_begun_of_many(bob, known_alice, carrier, say, serve, network, made, count, ahead):
    carrier.presealer.begin(bob, known_alice, [say(str(number)) for number in range(count)])
    serve()
    assert network.heard == [str(number) for number in range(count)]
    assert (len(made.ahead), len(made.late)) == (ahead, 1 - ahead)


def test_what_was_begun_and_not_taken_is_forgotten_in_the_end(carrier, say, begin):
    begin(say("one"))
    carrier.close()
    assert carrier.presealer._made == {}


class PatientCarrier:
    """Serves a device for as long as it is told to, and then wants the pause that it is told."""

    def __init__(self) -> None:
        self.presealer = Presealer()
        self.begins, self.go_on = threading.Event(), threading.Event()
        self.pause: float | None = None

    def serve(self, peer, *, knock, ending):
        self.begins.set()
        self.go_on.wait(5)
        return self.pause

    def give_back(self, peer):
        """The lane rests."""

    def close(self):
        self.go_on.set()

    close_idle = close


@pytest.fixture
def patient() -> PatientCarrier:
    return PatientCarrier()


@pytest.fixture
def mine(transactional_db, patient, monkeypatch):
    """Couriers that serve by themselves."""
    made = couriers.Couriers(threads=1, carrier=lambda: patient)
    monkeypatch.setattr(made, "_rounds", lambda: None)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def foresee(bob, known_alice, say, patient):
    """Say something to Alice, and return whether its bundle was begun."""

    def foreseen(those):
        patient.presealer.forget()
        those.foresee(bob, known_alice, [say("one")])
        return known_alice.pk in patient.presealer._made

    return foreseen


def test_a_bundle_is_begun_for_a_device_that_waits_for_nothing(mine, foresee):
    assert foresee(mine)


def test_no_bundle_is_begun_while_the_device_is_being_served(mine, patient, foresee, known_alice):
    mine.wake(known_alice.pk)
    assert patient.begins.wait(5)
    assert not foresee(mine)
    patient.go_on.set()
    wait_for(lambda: not mine._serving)
    assert foresee(mine)


def test_no_bundle_is_begun_for_a_device_that_waits_for_its_next_try(mine, patient, foresee, known_alice):
    patient.pause = 300.0
    patient.go_on.set()
    mine.wake(known_alice.pk)
    wait_for(lambda: mine._due.get(known_alice.pk, 0.0) > 0.0)
    assert not foresee(mine)


def test_no_bundle_is_begun_where_no_courier_would_take_it(foresee):
    assert not foresee(couriers.Couriers())
