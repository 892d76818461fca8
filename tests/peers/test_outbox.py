"""What Bob's node owes Alice: sealed once, in order, until she has signed for it."""

import uuid

import pytest
from django.db import transaction

from peers import hooks, outbox
from peers.models import Delivery, OlmSession
from peers.protocol import bundle, envelope
from peers.protocol.codec import encode
from peers.protocol.errors import BadSignature
from peers.protocol.receipt import Answer, Verdict, make_receipt

CONVERSATION = bytes(16)


@pytest.fixture
def say(bob, known_alice):
    return lambda text: outbox.enqueue(bob, known_alice, "chat.message", CONVERSATION, text.encode())


@pytest.fixture
def answer(bob, alice, known_alice):
    def take(rows, *verdicts, key=None):
        digests = [bytes(row.digest) for row in rows]
        signed = make_receipt(key or alice.key, bytes(bob.device), digests, verdicts, [], 1)
        _, receipt = outbox.read_answer(bob, known_alice, rows, encode(Answer(signed, None)))
        outbox.settle(rows, receipt)

    return take


def states():
    return list(Delivery.objects.order_by("number").values_list("state", flat=True))


def test_alice_opens_what_bobs_outbox_sent(bob, alice, known_alice, say, bobs_card):
    rows = [say("Grüße 👋"), say("two")]
    received = alice_receives(alice, bobs_card, outbox.make_bundle(bob, known_alice, rows))
    first = envelope.open_envelope(alice.account, [], received[0], bobs_card.olm_identity, bobs_card.device, alice.id)
    second = envelope.open_envelope(
        alice.account, [first.session], received[1], bobs_card.olm_identity, bobs_card.device, alice.id
    )
    assert [first.payload.body.decode(), second.payload.body.decode()] == ["Grüße 👋", "two"]


def alice_receives(alice, card, data):
    contents = bundle.open_bundle([alice.secret], alice.id, data)
    return bundle.verify_bundle(contents, card.device, alice.id, bundle.sealing.key_id(alice.card().sealing_key))


def test_numbers_run_from_one_without_a_hole(say):
    assert [say(text).number for text in "abc"] == [1, 2, 3]


def test_a_rolled_back_message_costs_no_number_and_no_ratchet_step(say):
    say("one")
    before = OlmSession.objects.get().state
    with transaction.atomic():
        say("lost")
        transaction.set_rollback(True)
    assert OlmSession.objects.get().state == before
    assert say("two").number == 2


def test_a_retry_sends_the_same_envelope(say, known_alice):
    say("hello")
    attempts = [bytes(outbox.waiting(known_alice)[0].envelope) for _ in range(2)]
    assert attempts[0] == attempts[1]


def test_a_receipt_ends_the_delivery_and_the_sealed_words_go(say, answer, known_alice):
    row = say("hello")
    answer([row], Verdict.STORED)
    row.refresh_from_db()
    assert (row.state, row.envelope, row.body) == (Delivery.State.DELIVERED, None, None)
    assert outbox.waiting(known_alice) == []


def test_those_above_hear_once_how_the_deliveries_of_a_bundle_ended(say, answer):
    ended = []

    def listener(deliveries, **_):
        ended.append([row.state for row in deliveries])

    hooks.deliveries_ended.connect(listener)
    try:
        answer([say("hello"), say("again")], Verdict.STORED, Verdict.REFUSED)
    finally:
        hooks.deliveries_ended.disconnect(listener)
    assert ended == [["delivered", "failed"]]
    assert states() == ["delivered", "failed"]


@pytest.mark.parametrize("verdict", [Verdict.GAP, Verdict.CANNOT_OPEN, Verdict.LATER, Verdict.CONFLICT])
def test_what_is_not_settled_goes_on_waiting(say, answer, verdict):
    answer([say("hello")], verdict)
    assert states() == ["waiting"]


def test_a_refused_message_fails_with_a_reason_and_the_next_one_flows(say, answer):
    answer([say("unwelcome"), say("welcome")], Verdict.REFUSED, Verdict.STORED)
    assert states() == ["failed", "delivered"]
    assert Delivery.objects.get(number=1).reason


def test_mallorys_receipt_settles_nothing(say, answer, mallory):
    with pytest.raises(BadSignature):
        answer([say("hello")], Verdict.STORED, key=mallory.key)
    assert states() == ["waiting"]


def test_a_receipt_for_another_bundle_settles_nothing(bob, alice, say, known_alice):
    row, other = say("one"), say("two")
    signed = make_receipt(alice.key, bytes(bob.device), [bytes(other.digest)], [Verdict.STORED], [], 1)
    with pytest.raises(BadSignature):
        outbox.read_answer(bob, known_alice, [row], encode(Answer(signed, None)))
    assert states() == ["waiting", "waiting"]


def test_what_is_given_up_is_sent_as_a_void(say, answer, known_alice):
    row = say("never mind")
    assert outbox.give_up(row, "You gave this message up.")
    (void,) = outbox.waiting(known_alice)
    assert envelope.decode_envelope(bytes(void.envelope)).form is envelope.Form.VOID
    answer([void], Verdict.VOIDED)
    assert states() == ["failed"]


def test_what_alice_already_holds_cannot_be_given_up(say, answer):
    row = say("too late")
    answer([row], Verdict.STORED)
    assert not outbox.give_up(row, "You gave this message up.")
    assert states() == ["delivered"]


def test_nothing_is_sealed_to_a_device_that_is_not_pinned(bob, known_mallory):
    with pytest.raises(outbox.NotPinned):
        outbox.enqueue(bob, known_mallory, "chat.message", CONVERSATION, b"hello")
    assert Delivery.objects.count() == 0


def test_a_bundle_takes_64_at_most_oldest_first(say, known_alice):
    for number in range(70):
        say(str(number))
    assert [row.number for row in outbox.waiting(known_alice)] == list(range(1, 65))


def test_a_bundle_takes_no_more_bytes_than_fit(bob, say, known_alice):
    for _ in range(13):
        say("x" * 90_000)
    rows = outbox.waiting(known_alice)
    assert len(rows) < 13
    assert len(outbox.make_bundle(bob, known_alice, rows)) < bundle.MAX_SEALED + 1024


def test_an_id_is_a_uuid_of_version_seven_and_sorts_by_age():
    ids = [outbox.new_id() for _ in range(3)]
    assert {uuid.UUID(bytes=each).version for each in ids} == {7}
    assert {uuid.UUID(bytes=each).variant for each in ids} == {uuid.RFC_4122}


def test_a_damaged_session_does_not_stop_what_is_said_next(bob, alice, known_alice, say, bobs_card):
    say("one")
    known_alice.sessions.update(state="damaged")
    received = alice_receives(alice, bobs_card, outbox.make_bundle(bob, known_alice, [say("two")]))
    opened = envelope.open_envelope(alice.account, [], received[0], bobs_card.olm_identity, bobs_card.device, alice.id)
    assert opened.payload.body == b"two"
