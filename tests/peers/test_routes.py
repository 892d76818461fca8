"""Bob's node chooses between dialling Alice and the pull that she keeps open."""

import asyncio
import hashlib
import threading
import time

import pytest

from peers import attempts, outbox, prober, routes, wakes, ways
from peers.models import Delivery, Way
from peers.protocol import bundle, pull, sealing
from peers.protocol.codec import encode
from peers.protocol.envelope import digest
from peers.protocol.receipt import Answer, Position, Verdict, make_receipt
from peers.pulls import Pulls
from peers.transport.errors import Rejected, Unreachable


@pytest.fixture(autouse=True)
def fresh_notes():
    ways.forget()


@pytest.fixture
def held(monkeypatch):
    """What waits at Bob's door; here, whatever he hands over is answered at once."""
    made = Pulls()
    made.handed = []

    def hand_over(peer, body):
        made.handed.append(body)
        return b"by pull"

    made.hand_over = hand_over
    made.here = False
    made.expects = lambda peer: made.here
    monkeypatch.setattr(routes, "open_pulls", made)
    return made


@pytest.fixture
def network(monkeypatch):
    """What Alice's address does when Bob dials it."""

    class Network:
        problem, dialled = None, 0

    def post(*_):
        Network.dialled += 1
        if Network.problem:
            raise Network.problem
        return b"by dialling"

    monkeypatch.setattr(routes.PinnedSession, "post", post)
    return Network


@pytest.fixture
def post(known_alice):
    made = routes.Routes()
    return lambda: made.post(known_alice, b"a bundle")


def test_without_a_pull_alice_is_dialled(post, held, network):
    assert post() == b"by dialling"


def test_a_pull_is_used_where_dialling_was_not_tried(post, held, network):
    held.here = True
    assert post() == b"by pull"
    assert network.dialled == 0


def test_where_dialling_works_the_pull_is_left_alone(post, held, network):
    post()
    held.here = True
    assert post() == b"by dialling"


def test_the_pull_takes_over_when_dialling_fails_and_dialling_when_it_works_again(post, held, network, known_alice):
    post()
    held.here, network.problem = True, Unreachable("nobody")
    assert post() == b"by pull"
    tried = network.dialled
    assert post() == b"by pull"
    assert network.dialled == tried
    ways.dialled(known_alice.pk)
    network.problem = None
    assert post() == b"by dialling"


def test_a_refusal_is_an_answer_and_nothing_goes_twice(post, held, network):
    post()
    held.here, network.problem = True, Rejected(503, 30)
    with pytest.raises(Rejected):
        post()
    assert not held.handed


def test_where_there_is_neither_the_attempt_fails(post, held, network):
    network.problem = Unreachable("nobody")
    with pytest.raises(Unreachable):
        post()


@pytest.fixture
def probe(bob, known_alice, alice, bobs_card, monkeypatch):
    """Bob's prober; `problem` is what he meets when he dials Alice."""

    class Line:
        problem, knocks = None, 0

        def __init__(self, *_):
            pass

        def post(self, body):
            Line.knocks += 1
            if Line.problem:
                raise Line.problem
            contents = bundle.open_bundle([alice.secret], alice.id, body)
            assert contents.envelopes == []
            return encode(Answer(make_receipt(alice.key, bobs_card.device, [], [], [], 1), None))

        def close(self):
            pass

    monkeypatch.setattr(prober, "Route", Line)
    return Line


def test_whoever_opens_a_pull_is_knocked_at_directly(probe, known_alice):
    mine = prober.Prober()
    mine.consider(known_alice.pk)
    assert mine.step() == 0.0
    assert mine.step() is None
    assert probe.knocks == 1
    assert ways.works(known_alice.pk)


@pytest.mark.parametrize("problem", [Unreachable("nobody"), Rejected(403)])
def test_what_the_knock_met_is_noted(probe, known_alice, problem):
    probe.problem = problem
    mine = prober.Prober()
    mine.consider(known_alice.pk)
    mine.step()
    assert ways.works(known_alice.pk) is isinstance(problem, Rejected)
    assert Way.objects.filter(undialled_since=None).exists() is isinstance(problem, Rejected)


def test_a_repeated_opening_makes_us_dial_again_but_not_at_once(probe, known_alice):
    mine = prober.Prober()
    for _ in range(5):
        mine.consider(known_alice.pk)
        mine.step()
    assert probe.knocks == 1
    assert 0 < mine.step() <= prober.EVERY_SECONDS
    mine._due[known_alice.pk] = time.monotonic()
    mine.step()
    assert probe.knocks == 2


def test_nobody_is_dialled_who_is_not_pinned(probe, known_mallory):
    mine = prober.Prober()
    mine.consider(known_mallory.pk)
    mine.step()
    assert probe.knocks == 0


def test_until_the_knock_is_answered_dialling_counts_as_doubtful(probe, known_alice):
    ways.dialled(known_alice.pk)
    prober.Prober().consider(known_alice.pk)
    assert not ways.works(known_alice.pk)


def test_the_first_answer_after_silence_is_told_once(known_alice):
    told = []

    def note(peer, **_):
        told.append(peer)

    wakes.peer_answered.connect(note)
    try:
        ways.undialled(known_alice.pk)
        ways.dialled(known_alice.pk)
        ways.dialled(known_alice.pk)
    finally:
        wakes.peer_answered.disconnect(note)
    assert told == [known_alice.pk]


@pytest.mark.django_db(transaction=True)
async def test_a_courier_carries_by_the_pull_under_its_lane_and_settles_by_the_receipt(
    bob, alice, known_alice, monkeypatch
):
    """The whole way at Bob's: outbox, lane, pull, and the receipt of Alice's next pull."""
    made = Pulls()
    monkeypatch.setattr(routes, "open_pulls", made)
    done = {}

    def carry():
        from django.db import connection

        outbox.enqueue(bob, known_alice, "chat.message", bytes(16), b"hello")
        carrier = attempts.Carrier()
        done["pause"] = carrier.serve(known_alice.pk, knock=False, ending=lambda: False)
        done["state"] = Delivery.objects.get().state
        connection.close()

    with made.holding(known_alice.pk, "a", None) as first:
        thread = threading.Thread(target=carry)
        thread.start()
        assert await first.wait(5)
        data = await first.given()
    contents = bundle.open_bundle([alice.secret], alice.id, data)
    key_id = sealing.key_id(sealing.public_of(alice.secret))
    (sealed,) = bundle.verify_bundle(contents, bytes(bob.device), alice.id, key_id)
    digests = [digest(each) for each in contents.envelopes]
    signed = make_receipt(
        alice.key, bytes(bob.device), digests, [Verdict.STORED], [Position(sealed.stream, sealed.number)], 1
    )
    reply = pull.Reply(hashlib.sha256(data).digest(), encode(Answer(signed, None)))
    with made.holding(known_alice.pk, "a", reply):
        await asyncio.to_thread(thread.join, 5)
    assert done == {"pause": None, "state": "delivered"}
