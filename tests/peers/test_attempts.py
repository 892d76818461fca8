"""Bob's courier and Alice's answers: what it repeats, repairs and gives up."""

import threading
import time
from collections import deque
from datetime import timedelta

import pytest
from django.utils import timezone

from peers import attempts, couriers, hooks, outbox, resealing, warm
from peers import own as own_device
from peers.attempts import Carrier
from peers.models import Attempt, Delivery, Lane, OutStream
from peers.protocol import bundle, envelope, sealing
from peers.protocol.card import sign_card
from peers.protocol.codec import encode
from peers.protocol.errors import CannotOpen
from peers.protocol.receipt import Answer, Position, Verdict, make_receipt
from peers.protocol.streams import Place, place
from peers.transport.errors import Rejected, Unreachable

CONVERSATION = bytes(16)


class AlicesNode:
    """Stands where the network stands: it opens what Bob sends and answers as a node does."""

    def __init__(self, alice, bobs_card):
        self.alice, self.bob = alice, bobs_card
        self.sessions, self.heard, self.last = [], [], {}
        self.failures, self.bundles = [], 0

    def post(self, peer, data):
        self.bundles += 1
        if self.failures:
            raise self.failures.pop(0)
        contents = bundle.open_bundle([self.alice.secret], self.alice.id, data)
        key_id = sealing.key_id(sealing.public_of(self.alice.secret))
        envelopes = bundle.verify_bundle(contents, self.bob.device, self.alice.id, key_id)
        verdicts = [self._judge(each) for each in envelopes]
        named = {each.stream for each in envelopes} if envelopes else set(self.last)
        positions = [Position(stream, self.last.get(stream, 0)) for stream in named]
        digests = [envelope.digest(each) for each in contents.envelopes]
        receipt = make_receipt(self.alice.key, self.bob.device, digests, verdicts, positions, 1)
        return encode(Answer(receipt, sign_card(self.alice.key, self.alice.card(version=2))))

    def _judge(self, sealed):
        where = place(self.last.get(sealed.stream, 0), sealed.number)
        if where is not Place.NEXT:
            return Verdict.DUPLICATE if where is Place.DUPLICATE else Verdict.GAP
        if sealed.form is not envelope.Form.VOID:
            try:
                opened = envelope.open_envelope(
                    self.alice.account, self.sessions, sealed, self.bob.olm_identity, self.bob.device, self.alice.id
                )
            except CannotOpen:
                return Verdict.CANNOT_OPEN
            if opened.is_new:
                self.sessions.append(opened.session)
            self.heard.append(opened.payload.body.decode(errors="replace"))
        self.last[sealed.stream] = sealed.number
        return Verdict.VOIDED if sealed.form is envelope.Form.VOID else Verdict.STORED

    def close(self):
        """The carrier closes its routes."""


@pytest.fixture
def network(alice, bobs_card):
    return AlicesNode(alice, bobs_card)


@pytest.fixture
def carrier(network):
    made = attempts.Carrier()
    made.routes = network
    return made


@pytest.fixture
def serve(carrier, known_alice):
    return lambda knock=False: carrier.serve(known_alice.pk, knock=knock, ending=lambda: False)


@pytest.fixture
def say(bob, known_alice):
    return lambda text: outbox.enqueue(bob, known_alice, "chat.message", CONVERSATION, text.encode())


def states():
    return list(Delivery.objects.order_by("stream", "number").values_list("state", flat=True))


def test_all_that_waits_goes_out_in_order_64_a_bundle(say, serve, network):
    texts = [str(number) for number in range(150)]
    for text in texts:
        say(text)
    assert serve() is None
    assert network.heard == texts
    assert network.bundles == 3
    assert set(states()) == {"delivered"}


def test_an_unreachable_node_is_tried_again_after_a_pause_that_grows_with_jitter(say, serve, network):
    say("hello")
    network.failures = [Unreachable("nobody")] * 8
    pauses = [serve() for _ in range(8)]
    assert 0.5 <= pauses[0] <= 1.0
    assert 15 <= pauses[-1] <= 30
    assert Lane.objects.get().failing_since is not None
    assert serve() is None
    assert Lane.objects.get().failing_since is None


def test_after_an_hour_it_is_tried_every_five_minutes(say, serve, network, known_alice):
    say("hello")
    Lane.objects.create(peer=known_alice, attempts=200, failing_since=timezone.now() - timedelta(hours=2))
    network.failures = [Unreachable("nobody")]
    assert 150 <= serve() <= 300


def test_a_node_that_asks_for_patience_gets_it(say, serve, network):
    say("hello")
    network.failures = [Rejected(429, 120)]
    assert serve() == 120


def test_a_node_without_room_is_remembered_as_full(say, serve, network):
    say("hello")
    network.failures = [Rejected(507, 60)]
    assert serve() == 60
    assert Lane.objects.get().last_error == attempts.FULL


def test_every_attempt_is_noted_for_whoever_traces_a_message(say, serve, network):
    say("hello")
    network.failures = [Unreachable("nobody")]
    serve()
    serve()
    assert list(Attempt.objects.order_by("pk").values_list("outcome", "first_number")) == [
        ("Unreachable", 1),
        ("1 stored", 1),
    ]


def test_a_knock_carries_nothing_and_is_not_repeated(serve, network):
    assert serve(knock=True) is None
    network.failures = [Unreachable("nobody")]
    assert serve(knock=True) is None
    assert network.bundles == 2


def test_nothing_is_sent_to_a_device_that_is_no_longer_pinned(say, serve, network, known_alice):
    say("hello")
    known_alice.pinned = False
    known_alice.save()
    assert serve() is None
    assert network.bundles == 0
    assert states() == ["waiting"]


def test_when_alice_lost_her_sessions_bob_seals_the_same_numbers_anew(say, serve, network):
    say("one")
    serve()
    say("two")
    say("three")
    network.sessions.clear()
    # Alice still has the key of the first session's pre-key messages; a rotation took even that.
    network.alice.account.rotate()
    network.alice.account.rotate()
    assert serve() is None
    assert network.heard == ["one", "two", "three"]
    assert set(states()) == {"delivered"}


def test_a_device_is_healed_at_most_once_a_minute(say, serve, network, monkeypatch):
    say("one")
    monkeypatch.setattr(network, "_judge", lambda sealed: Verdict.CANNOT_OPEN)
    pause = serve()
    assert 1 <= pause <= 60
    assert network.bundles == 2


def test_a_clock_that_was_set_back_does_not_put_off_the_healing(say, serve, network, monkeypatch):
    say("one")
    monkeypatch.setattr(network, "_judge", lambda sealed: Verdict.CANNOT_OPEN)
    serve()
    Lane.objects.update(healed_at=timezone.now() + timedelta(days=1))
    assert serve() <= 60


def test_healing_never_takes_another_identity(bob, known_alice, mallory, say):
    say("one")
    before = bytes(known_alice.card)
    with pytest.raises(resealing.IdentityChanged):
        resealing.heal(bob, known_alice, mallory.signed_card())
    known_alice.refresh_from_db()
    assert bytes(known_alice.card) == before


def test_when_alice_was_restored_bob_sends_again_what_she_lost(say, serve, network, monkeypatch):
    kept = {bytes(say(text).payload_id): text.encode() for text in ("one", "two", "three")}
    monkeypatch.setitem(hooks._suppliers, "chat.message", kept.get)
    serve()
    (stream,) = network.last
    network.last[stream], network.heard = 1, ["one"]
    kept[bytes(say("four").payload_id)] = b"four"
    assert serve() is None
    assert network.heard == ["one", "two", "three", "four"]


def test_what_nobody_has_any_more_is_voided_for_a_restored_alice(say, serve, network):
    say("one")
    say("two")
    serve()
    (stream,) = network.last
    network.last[stream], network.heard = 0, []
    say("three")
    assert serve() is None
    assert network.heard == ["three"]


def test_a_knock_tells_that_alice_was_restored_before_anybody_writes(say, serve, network, monkeypatch):
    kept = {bytes(say(text).payload_id): text.encode() for text in ("one", "two", "three")}
    monkeypatch.setitem(hooks._suppliers, "chat.message", kept.get)
    serve()
    (stream,) = network.last
    network.last[stream], network.heard = 1, ["one"]
    assert serve(knock=True) is None
    assert network.heard == ["one", "two", "three"]
    assert set(states()) == {"delivered"}


def test_a_knock_tells_that_alice_lost_everything(say, serve, network, monkeypatch):
    kept = {bytes(say(text).payload_id): text.encode() for text in ("one", "two")}
    monkeypatch.setitem(hooks._suppliers, "chat.message", kept.get)
    serve()
    network.last, network.heard = {}, []
    assert serve(knock=True) is None
    assert network.heard == ["one", "two"]


def test_a_knock_tells_that_bob_was_restored_before_anybody_writes(say, serve, network):
    say("one")
    serve()
    (stream,) = network.last
    network.last[stream] = 5
    assert serve(knock=True) is None
    assert OutStream.objects.filter(closed_at=None).exclude(stream=stream).count() == 1


def test_whatever_waits_goes_before_a_knock_which_still_comes(say, serve, network):
    say("one")
    assert serve(knock=True) is None
    assert network.heard == ["one"]
    assert network.bundles == 2


def test_a_restored_bob_opens_a_new_stream_and_says_so(say, serve, network):
    told = []

    def listener(peer, **_):
        told.append(peer)

    say("one")
    serve()
    (stream,) = network.last
    network.last[stream] = 5  # Alice holds four more, which this copy of Bob's home never sent.
    say("two")
    hooks.stream_restarted.connect(listener)
    try:
        assert serve() is None
    finally:
        hooks.stream_restarted.disconnect(listener)
    assert network.heard == ["one", "two"]
    assert OutStream.objects.filter(closed_at=None).count() == 1
    assert OutStream.objects.count() == 2
    assert len(told) == 1


def test_a_long_queue_is_sealed_again_piece_by_piece_and_keeps_its_order(say, serve, network, monkeypatch):
    monkeypatch.setattr(resealing, "BATCH", 2)
    say("one")
    serve()
    (stream,) = network.last
    network.last[stream] = 50
    for text in ("two", "three", "four", "five", "six"):
        say(text)
    assert serve() is None
    assert network.heard == ["one", "two", "three", "four", "five", "six"]
    assert OutStream.objects.get(closed_at=None).last_number == 5


def test_words_that_are_queued_while_the_courier_looks_open_no_new_stream(say, serve, network, monkeypatch):
    look = outbox._next.all

    def look_late(stream):
        monkeypatch.setattr(outbox._next, "all", look)
        say("two")
        return look(stream)

    say("one")
    monkeypatch.setattr(outbox._next, "all", look_late)
    assert serve() is None
    assert (network.heard, network.bundles) == (["one", "two"], 1)
    assert OutStream.objects.count() == 1


def test_a_message_given_up_is_voided_and_the_next_one_flows(say, serve, network):
    first = say("never mind")
    say("this one counts")
    outbox.give_up(first, "You gave this message up.")
    serve()
    assert network.heard == ["this one counts"]
    assert states() == ["failed", "delivered"]


def test_after_a_thousand_voids_the_rest_goes_through_a_new_session(say, serve, network, monkeypatch):
    monkeypatch.setattr(resealing, "MOST_VOIDS", 10)
    say("hello")
    serve()
    rows = [say(str(number)) for number in range(10)]
    say("after them")
    before = network.sessions[0].id
    for row in rows:
        outbox.give_up(row, "You gave this message up.")
    serve()
    assert network.heard == ["hello", "after them"]
    assert network.sessions[-1].id != before


def test_what_waited_for_seven_days_is_given_up(say):
    say("old")
    say("young")
    Delivery.objects.filter(number=1).update(created_at=timezone.now() - timedelta(days=8))
    given_up = []

    def listener(delivery, reason, **_):
        given_up.append((delivery.number, reason))

    hooks.delivery_given_up.connect(listener)
    try:
        assert outbox.give_up_the_old() == 1
    finally:
        hooks.delivery_given_up.disconnect(listener)
    assert given_up == [(1, outbox.TOO_OLD)]


def test_a_lane_that_another_process_holds_is_left_alone(say, serve, network, known_alice):
    say("hello")
    soon = timezone.now() + timedelta(seconds=50)
    Lane.objects.create(peer=known_alice, leased_by="another", leased_until=soon)
    assert serve() > 0
    assert network.bundles == 0


def test_a_lease_that_ran_out_is_taken_over(say, serve, network, known_alice):
    say("hello")
    Lane.objects.create(peer=known_alice, leased_by="dead", leased_until=timezone.now() - timedelta(seconds=1))
    assert serve() is None
    assert network.heard == ["hello"]


def test_our_card_comes_along_until_alice_is_known_to_hold_it(bob, say, serve, network, known_alice, monkeypatch):
    brought = []
    opened = bundle.open_bundle

    def watch(*arguments):
        contents = opened(*arguments)
        brought.append(contents.card is not None)
        return contents

    monkeypatch.setattr(bundle, "open_bundle", watch)
    for text in ("one", "two"):
        say(text)
        serve()
    own_device.publish_card(bob, ["198.51.100.9:10000"], bytes(32))
    say("three")
    serve()
    assert brought == [True, False, True]


@pytest.mark.django_db(transaction=True)
def test_while_alice_is_asked_nobody_waits_for_the_shared_connection(say, serve, network, monkeypatch):
    post, taken = network.post, []
    monkeypatch.setattr(network, "post", lambda *request: taken.append(warm._turn.locked()) or post(*request))
    say("one")
    warm.begin()
    try:
        assert serve(knock=True) is None
    finally:
        warm.end()
    assert network.heard == ["one"]
    assert taken == [False, False]


class SlowCarrier:
    """Serves the devices it is told about, and notes who did so when."""

    def __init__(self, slow=()):
        self.slow, self.served, self.knocked, self.release = set(slow), [], [], threading.Event()
        self.began, self.given_back = [], []

    def serve(self, peer, *, knock, ending):
        self.began.append(peer)
        if peer in self.slow:
            self.release.wait(5)
        self.served.append(peer)
        self.knocked += [peer] if knock else []

    def give_back(self, peer):
        self.given_back.append(peer)

    def close(self):
        self.release.set()

    close_idle = close


@pytest.mark.django_db(transaction=True)
def test_a_dead_peer_never_slows_a_live_one():
    carrier = SlowCarrier(slow={1})
    mine = couriers.Couriers(threads=2, carrier=lambda: carrier)
    mine._rounds = lambda: None
    mine.start()
    try:
        mine.wake(1)
        for peer in (2, 3, 4):
            mine.wake(peer)
        wait_for(lambda: {2, 3, 4} <= set(carrier.served))
        assert 1 not in carrier.served
    finally:
        mine.stop()


@pytest.mark.django_db(transaction=True)
def test_a_knock_is_returned_and_two_that_knock_at_once_come_to_an_end(known_alice):
    carrier, peer = SlowCarrier(), known_alice.pk
    Lane.objects.create(peer=known_alice, last_success_at=timezone.now())
    mine = couriers.Couriers(threads=1, carrier=lambda: carrier)
    mine._rounds = lambda: None
    mine.start()
    try:
        mine.knock_all()
        wait_for(lambda: carrier.served == [peer])
        # What comes next is the other's answer to our knock.
        mine.heard(peer, knocked=True)
        mine.heard(0, knocked=True)
        wait_for(lambda: carrier.served == [peer, 0])
        assert mine._due == {}
    finally:
        mine.stop()
    assert carrier.knocked == [peer, 0]


@pytest.mark.django_db(transaction=True)
def test_a_second_start_right_after_the_first_is_answered_as_well_and_that_comes_to_an_end(monkeypatch):
    """Alice starts again, from yesterday's copy: only our knock tells us what she lacks."""
    monkeypatch.setattr(couriers, "KNOCK_PAUSE", 0.2)
    carrier = SlowCarrier()
    mine = couriers.Couriers(threads=1, carrier=lambda: carrier)
    mine._rounds = lambda: None
    mine.start()
    try:
        mine.heard(1, knocked=True)
        wait_for(lambda: carrier.knocked == [1])
        mine.heard(1, knocked=True)
        wait_for(lambda: carrier.knocked == [1, 1])
        # What follows an answer that was put off may be an answer too.
        mine.heard(1, knocked=True)
        mine.heard(2, knocked=True)
        wait_for(lambda: 2 in carrier.knocked)
        assert mine._due == {}
    finally:
        mine.stop()
    assert carrier.knocked == [1, 1, 2]


def test_nobody_is_answered_more_than_five_times_in_ten_minutes():
    knocked = deque((float(at) for at in range(0, 50, 10)), maxlen=couriers.MOST_KNOCKS)
    for answered, failing in ((False, False), (True, False), (True, True)):
        assert couriers._knock_in(knocked, 60.0, failing, answered) is None
    assert couriers._knock_in(knocked, 601.0, is_failing=False, answered=False) == 0.0


@pytest.mark.django_db(transaction=True)
def test_a_knock_is_returned_at_once_where_ours_found_nobody(known_alice):
    carrier, peer = SlowCarrier(), known_alice.pk
    mine = couriers.Couriers(threads=1, carrier=lambda: carrier)
    mine._rounds = lambda: None
    mine.start()
    try:
        mine.heard(peer, knocked=True)
        wait_for(lambda: carrier.knocked == [peer])
        # Both start at once: theirs was not there yet when we knocked, and is now.
        Lane.objects.create(peer=known_alice, failing_since=timezone.now())
        mine.heard(peer, knocked=True)
        wait_for(lambda: carrier.knocked == [peer, peer])
    finally:
        mine.stop()


@pytest.mark.django_db(transaction=True)
def test_couriers_that_hang_do_not_hold_up_the_end_of_the_node():
    carrier = SlowCarrier(slow={1, 2, 3})
    carrier.close = lambda: None
    mine = couriers.Couriers(threads=3, carrier=lambda: carrier)
    mine._rounds = lambda: None
    mine.start()
    for peer in (1, 2, 3):
        mine.wake(peer)
    wait_for(lambda: len(mine._serving) == 3)
    began = time.monotonic()
    mine.stop(seconds=0.5)
    assert time.monotonic() - began < 1.2
    carrier.release.set()


@pytest.mark.django_db(transaction=True)
def test_a_wake_during_a_turn_means_another_turn():
    carrier = SlowCarrier(slow={1})
    mine = couriers.Couriers(threads=2, carrier=lambda: carrier)
    mine._rounds = lambda: None
    mine.start()
    try:
        mine.wake(1)
        wait_for(lambda: 1 in mine._serving)
        mine.wake(1)
        carrier.release.set()
        wait_for(lambda: carrier.served == [1, 1])
    finally:
        mine.stop()


@pytest.mark.django_db(transaction=True)
def test_a_lane_that_rests_is_given_back_once(monkeypatch):
    monkeypatch.setattr(couriers, "REST", 0.05)
    carrier = SlowCarrier()
    mine = couriers.Couriers(threads=2, carrier=lambda: carrier)
    mine._rounds = lambda: None
    mine.start()
    try:
        mine.wake(1)
        wait_for(lambda: carrier.given_back == [1])
        mine.wake(1)
        wait_for(lambda: carrier.given_back == [1, 1])
    finally:
        mine.stop()
    assert carrier.served == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_while_a_device_is_served_its_lane_is_kept_and_no_second_courier_serves_it(monkeypatch):
    monkeypatch.setattr(couriers, "REST", 0.05)
    carrier = SlowCarrier()
    mine = couriers.Couriers(threads=3, carrier=lambda: carrier)
    mine._rounds = lambda: None
    mine.start()
    try:
        mine.wake(1)
        wait_for(lambda: carrier.served == [1])
        carrier.slow = {1}
        mine.wake(1)
        wait_for(lambda: carrier.began == [1, 1])
        # Longer than the lane rested after the first turn.
        time.sleep(0.15)
        mine.wake(1)
        time.sleep(0.05)
        assert carrier.began == [1, 1]
        assert carrier.given_back == []
        carrier.release.set()
        wait_for(lambda: carrier.served == [1, 1, 1])
    finally:
        mine.stop()


def test_a_lane_that_was_given_back_is_free_for_another_process(known_alice):
    mine, lane = Carrier(), Lane.objects.create(peer=known_alice)
    assert mine._lease(lane)
    mine.give_back(known_alice.pk)
    assert Carrier()._lease(Lane.objects.get())


def wait_for(condition):
    pause = threading.Event()
    for _ in range(200):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it never came")
