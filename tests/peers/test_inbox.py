"""Bundles at Bob's door: what is stored, what is receipted, and what leaves no trace."""

import os
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from peers import events, hooks, inbox, outbox, sessions
from peers import own as own_device
from peers.models import Delivery, InStream, OlmSession, UnknownPayload
from peers.protocol import bundle, envelope
from peers.protocol.codec import decode
from peers.protocol.errors import BadSignature, ProtocolError
from peers.protocol.receipt import Answer, Verdict, read_receipt
from peers.receiving import StillReceiving

STORED, DUPLICATE, GAP, VOIDED = Verdict.STORED, Verdict.DUPLICATE, Verdict.GAP, Verdict.VOIDED
REFUSED, CANNOT_OPEN = Verdict.REFUSED, Verdict.CANNOT_OPEN


@pytest.fixture
def heard(monkeypatch):
    """The bodies that Bob's handler took, in order. It refuses one body."""
    bodies: list[bytes] = []

    def handler(peer, payload):
        UnknownPayload.objects.create(peer=peer, kind="handled", payload=payload.body)
        if payload.body == b"unwelcome":
            raise hooks.Refused
        bodies.append(payload.body)

    monkeypatch.setitem(hooks._handlers, "chat.message", handler)
    return bodies


@pytest.fixture
def alice_to_bob(alice, bobs_card, known_alice):
    """Seal bodies as consecutive envelopes of one stream and session."""

    class Writer:
        session = alice.account.start_session(bobs_card.olm_identity, bobs_card.olm_fallback)
        number = 0

        def seal(self, body, **changes):
            self.number += 1
            payload = alice.payload(alice, self.number, body)
            fields = {"recipient": bobs_card.device, **changes}
            return envelope.seal(self.session, inbox.Payload(**{**_fields(payload), **fields}))

    return Writer()


def _fields(payload):
    return {name: getattr(payload, name) for name in payload.__struct_fields__}


@pytest.fixture
def post(bob, alice, bobs_card):
    def send(*envelopes, key=None):
        data = bundle.make_bundle(key or alice.key, bobs_card, list(envelopes))
        answer = decode(Answer, inbox.receive(bob, data))
        digests = [envelope.digest(each) for each in envelopes]
        return read_receipt(answer.receipt, alice.id, bobs_card.device, digests), answer

    return send


def verdicts(result):
    return result[0].verdicts


def traces():
    return InStream.objects.count(), OlmSession.objects.count(), UnknownPayload.objects.count()


def test_bob_hears_what_alice_sent_and_signs_that_he_stored_it(heard, alice_to_bob, post):
    assert verdicts(post(alice_to_bob.seal("Grüße 👋".encode()), alice_to_bob.seal(b"two"))) == [STORED, STORED]
    assert heard == ["Grüße 👋".encode(), b"two"]


def test_a_receipt_names_where_the_stream_stands(heard, alice_to_bob, post):
    post(alice_to_bob.seal(b"one"))
    receipt, _ = post(alice_to_bob.seal(b"two"))
    assert [position.last for position in receipt.positions] == [2]


def test_a_replayed_envelope_is_receipted_again_and_stored_once(heard, alice_to_bob, post):
    sealed = alice_to_bob.seal(b"hello")
    assert [verdicts(post(sealed)) for _ in range(3)] == [[STORED], [DUPLICATE], [DUPLICATE]]
    assert heard == [b"hello"]


def test_a_replay_is_a_duplicate_even_when_the_session_was_lost(heard, alice_to_bob, post):
    sealed = alice_to_bob.seal(b"hello")
    post(sealed)
    OlmSession.objects.all().delete()
    assert verdicts(post(sealed)) == [DUPLICATE]
    assert heard == [b"hello"]


def test_an_envelope_beyond_the_next_is_a_gap_until_the_missing_one_comes(heard, alice_to_bob, post):
    one, two, three = (alice_to_bob.seal(body) for body in (b"one", b"two", b"three"))
    post(one)
    before = OlmSession.objects.get().state
    assert verdicts(post(three)) == [GAP]
    assert OlmSession.objects.get().state == before
    assert verdicts(post(two, three)) == [STORED, STORED]
    assert heard == [b"one", b"two", b"three"]


def test_a_repeated_void_is_a_void_again_and_never_a_tick(heard, alice_to_bob, post):
    alice_to_bob.seal(b"given up")
    void = envelope.void(bytes(15) + b"s", 1)
    assert [verdicts(post(void)) for _ in range(2)] == [[VOIDED], [VOIDED]]


def test_a_repeated_refusal_is_a_refusal_again(heard, alice_to_bob, post):
    sealed = alice_to_bob.seal(b"unwelcome")
    assert [verdicts(post(sealed)) for _ in range(2)] == [[REFUSED], [REFUSED]]


def test_a_void_for_what_bob_holds_tells_that_he_holds_it(heard, alice_to_bob, post):
    post(alice_to_bob.seal(b"too late to give up"))
    assert verdicts(post(envelope.void(bytes(15) + b"s", 1))) == [DUPLICATE]


def test_other_words_under_a_number_that_came_before_are_a_conflict(heard, alice, bobs_card, alice_to_bob, post):
    post(alice_to_bob.seal(b"one"))
    alice_to_bob.number = 0
    assert verdicts(post(alice_to_bob.seal(b"from a copy of Alice's home"))) == [Verdict.CONFLICT]
    assert heard == [b"one"]


def test_a_number_long_gone_is_a_conflict(heard, alice_to_bob, post):
    first = alice_to_bob.seal(b"1")
    post(first, *(alice_to_bob.seal(str(number).encode()) for number in range(2, 65)))
    assert verdicts(post(first)) == [DUPLICATE]
    post(alice_to_bob.seal(b"65"))
    assert verdicts(post(first)) == [Verdict.CONFLICT]


def test_a_new_session_is_answered_once_so_that_it_heals(heard, alice_to_bob, post, known_alice):
    post(alice_to_bob.seal(b"one"))
    post(alice_to_bob.seal(b"two"))
    assert [row.kind for row in outbox.waiting(known_alice)] == [outbox.RATCHET]


def test_a_hundred_envelopes_without_an_answer_get_one(heard, alice_to_bob, post, known_alice):
    for _ in range(3):
        post(*(alice_to_bob.seal(b"x") for _ in range(50)))
    assert [row.kind for row in outbox.waiting(known_alice)] == [outbox.RATCHET] * 2


def test_what_bob_cannot_open_retires_the_sessions_he_seals_with(heard, alice_to_bob, post, known_alice):
    post(alice_to_bob.seal(b"one"))
    broken = envelope.Envelope(bytes(15) + b"s", 2, envelope.Form.NORMAL, os.urandom(300))
    post(envelope.encode(broken))
    assert list(known_alice.sessions.values_list("retired", flat=True)) == [True]


def test_an_envelope_that_lies_does_not_spoil_its_neighbours(heard, alice_to_bob, post):
    one, two = alice_to_bob.seal(b"one"), alice_to_bob.seal(b"two", recipient=os.urandom(32))
    assert verdicts(post(one, two)) == [STORED, CANNOT_OPEN]
    assert heard[-1:] == [b"one"]


def test_a_void_moves_the_stream_on(heard, alice_to_bob, post):
    one, _given_up, three = (alice_to_bob.seal(body) for body in (b"one", b"two", b"three"))
    void = envelope.void(bytes(15) + b"s", 2)
    assert verdicts(post(one, void, three)) == [STORED, VOIDED, STORED]
    assert heard == [b"one", b"three"]


def test_a_refusal_moves_the_stream_on_and_takes_the_handlers_rows_back(heard, alice_to_bob, post):
    assert verdicts(post(alice_to_bob.seal(b"unwelcome"), alice_to_bob.seal(b"two"))) == [REFUSED, STORED]
    assert [bytes(row.payload) for row in UnknownPayload.objects.all()] == [b"two"]


def test_words_around_a_refusal_are_stored_once_and_what_it_wrote_is_taken_back(heard, alice_to_bob, post):
    sealed = [alice_to_bob.seal(body) for body in (b"one", b"unwelcome", b"three")]
    assert verdicts(post(*sealed)) == [STORED, REFUSED, STORED]
    assert [bytes(row.payload) for row in UnknownPayload.objects.order_by("pk")] == [b"one", b"three"]


def test_after_a_refusal_the_ratchet_opens_what_comes_next(heard, alice_to_bob, post):
    post(*(alice_to_bob.seal(body) for body in (b"one", b"unwelcome", b"three")))
    assert verdicts(post(alice_to_bob.seal(b"four"))) == [STORED]
    assert OlmSession.objects.count() == 1


def test_a_bundle_of_several_refusals_is_judged_again_once(heard, alice_to_bob, post):
    sealed = [alice_to_bob.seal(body) for body in (b"one", b"unwelcome", b"three", b"unwelcome")]
    assert verdicts(post(*sealed)) == [STORED, REFUSED, STORED, REFUSED]
    assert heard == [b"one", b"one", b"three"]


def test_a_refusal_and_an_envelope_that_lies_are_both_judged_again(heard, alice_to_bob, post):
    sealed = [alice_to_bob.seal(b"one"), alice_to_bob.seal(b"unwelcome")]
    assert verdicts(post(*sealed, alice_to_bob.seal(b"three", recipient=os.urandom(32)))) == [
        STORED,
        REFUSED,
        CANNOT_OPEN,
    ]
    assert [bytes(row.payload) for row in UnknownPayload.objects.all()] == [b"one"]


def test_a_handler_that_refuses_before_it_stores_anything_is_called_once(bob, alice_to_bob, post, monkeypatch):
    """What it counts outside the database would count twice, and refuse what is welcome."""
    called = []

    def picky(peer, payload):
        called.append(payload.body)
        if payload.body == b"unwelcome":
            raise hooks.Refused
        UnknownPayload.objects.create(peer=peer, kind="handled", payload=payload.body)

    monkeypatch.setitem(hooks._handlers, "chat.message", picky)
    bodies = [b"one", b"unwelcome", b"two"]
    assert verdicts(post(*map(alice_to_bob.seal, bodies))) == [STORED, REFUSED, STORED]
    assert called == bodies


def test_a_refusal_after_a_statement_that_failed_leaves_a_sound_transaction(alice_to_bob, post, monkeypatch):
    def clumsy(peer, payload):
        if payload.body == b"unwelcome":
            try:
                UnknownPayload.objects.create(peer=None, kind="handled", payload=payload.body)
            except IntegrityError as err:
                raise hooks.Refused from err
        UnknownPayload.objects.create(peer=peer, kind="handled", payload=payload.body)

    monkeypatch.setitem(hooks._handlers, "chat.message", clumsy)
    bodies = [b"one", b"unwelcome", b"two"]
    assert verdicts(post(*map(alice_to_bob.seal, bodies))) == [STORED, REFUSED, STORED]
    assert [bytes(row.payload) for row in UnknownPayload.objects.order_by("pk")] == [b"one", b"two"]


@pytest.mark.django_db(transaction=True)
def test_a_bundle_that_holds_nothing_to_refuse_needs_no_savepoint(heard, alice_to_bob, post):
    # The first one is answered, so that the session heals.
    post(alice_to_bob.seal(b"one"))
    with CaptureQueriesContext(connection) as asked:
        post(*(alice_to_bob.seal(b"more") for _ in range(3)))
    assert len(asked) > 3
    assert [each["sql"] for each in asked if "SAVEPOINT" in each["sql"]] == []


@pytest.mark.django_db(transaction=True)
def test_pages_hear_once_of_words_that_were_judged_twice(monkeypatch, alice_to_bob, post):
    def handler(peer, payload):
        UnknownPayload.objects.create(peer=peer, kind="handled", payload=payload.body)
        if payload.body == b"unwelcome":
            raise hooks.Refused
        events.publish("messages", person="alice", ids=[payload.number])

    told = []
    monkeypatch.setattr(events, "_send", told.append)
    monkeypatch.setitem(hooks._handlers, "chat.message", handler)
    post(*(alice_to_bob.seal(body) for body in (b"one", b"unwelcome", b"three")))
    assert [each["ids"] for each in told if each["what"] == "messages"] == [[1], [3]]


def test_an_unknown_kind_is_kept_aside(known_alice, alice_to_bob, post):
    assert verdicts(post(alice_to_bob.seal(b"from the future", kind="poll.vote"))) == [STORED]
    assert UnknownPayload.objects.get().kind == "poll.vote"


def test_an_envelope_that_cannot_be_opened_leaves_no_trace_and_brings_bobs_card(alice, heard, alice_to_bob, post):
    broken = envelope.Envelope(bytes(15) + b"s", 1, envelope.Form.NORMAL, os.urandom(300))
    result = post(envelope.encode(broken))
    assert verdicts(result) == [CANNOT_OPEN]
    assert result[1].card is not None
    assert traces() == (0, 0, 0)
    assert verdicts(post(alice_to_bob.seal(b"hello"))) == [STORED]


@pytest.mark.parametrize("field", ["sender", "recipient", "number", "stream"])
def test_an_envelope_whose_inside_lies_leaves_no_trace(heard, alice_to_bob, post, mallory, field):
    lie = {"sender": mallory.id, "recipient": mallory.id, "number": 9, "stream": b"x" * 16}[field]
    sealed = alice_to_bob.seal(b"hello", **{field: lie})
    outside = envelope.decode_envelope(sealed)
    honest_looking = envelope.Envelope(bytes(15) + b"s", 1, outside.form, outside.message)
    assert verdicts(post(envelope.encode(honest_looking))) == [CANNOT_OPEN]
    assert traces() == (0, 0, 0)


def test_a_handler_sends_after_the_commit_or_not_at_all(
    monkeypatch, alice_to_bob, post, known_alice, django_capture_on_commit_callbacks
):
    def hasty(peer, payload):
        outbox.enqueue(own_device.own_device(), peer, "test.answer", bytes(16), b"")

    def patient(peer, payload):
        transaction.on_commit(lambda: hasty(peer, payload))

    sealed = alice_to_bob.seal(b"hello")
    monkeypatch.setitem(hooks._handlers, "chat.message", hasty)
    with pytest.raises(StillReceiving):
        post(sealed)
    monkeypatch.setitem(hooks._handlers, "chat.message", patient)
    with django_capture_on_commit_callbacks(execute=True):
        assert verdicts(post(sealed)) == [STORED]
    assert "test.answer" in Delivery.objects.filter(stream__peer=known_alice).values_list("kind", flat=True)


def test_a_handler_that_breaks_takes_the_ratchet_back_with_it(monkeypatch, heard, alice_to_bob, post):
    sealed = alice_to_bob.seal(b"hello")

    def broken(peer, payload):
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setitem(hooks._handlers, "chat.message", broken)
        with pytest.raises(RuntimeError):
            post(sealed)
    assert traces() == (0, 0, 0)
    assert verdicts(post(sealed)) == [STORED]


def test_an_unknown_and_an_unpinned_sender_get_the_same_refusal(bob, mallory, bobs_card, known_mallory, alice):
    refusals = []
    for stranger in (mallory, alice):
        with pytest.raises(inbox.UnknownSender) as refusal:
            inbox.receive(bob, bundle.make_bundle(stranger.key, bobs_card, []))
        refusals.append(str(refusal.value))
    assert refusals == ["later", "later"]
    assert traces() == (0, 0, 0)


def test_mallory_cannot_sign_as_alice(bob, mallory, alice, bobs_card, known_alice, monkeypatch):
    forged = bundle.Manifest(alice.id, bobs_card.device, bundle.sealing.key_id(bobs_card.sealing_key), [])
    contents = bundle.Contents(bundle.sign(mallory.key, bundle.Purpose.BUNDLE, forged), [], None, None)
    sealed = bundle.sealing.seal(bobs_card.sealing_key, bundle.INFO + bobs_card.device, bundle.encode(contents))
    data = bundle.encode(bundle.Bundle(1, forged.key_id, sealed))
    with pytest.raises(BadSignature):
        inbox.receive(bob, data)


@pytest.mark.parametrize("body", [b"", b"\x00", b"null", b"[]", b"\x91" * 100_000, b"\xef\xbb\xbf{}", bytes(3 << 20)])
def test_rubbish_is_refused_and_the_next_valid_bundle_still_works(heard, bob, alice_to_bob, post, body):
    with pytest.raises(ProtocolError):
        inbox.receive(bob, body)
    assert traces() == (0, 0, 0)
    assert verdicts(post(alice_to_bob.seal(b"hello"))) == [STORED]


def test_what_was_sealed_before_one_rotation_still_opens(heard, bob, alice_to_bob, post):
    sealed = alice_to_bob.seal(b"hello")
    own_device.rotate_keys(bob)
    assert verdicts(post(sealed)) == [STORED]


def test_one_kind_has_one_handler():
    with pytest.raises(ValueError, match="two handlers"):
        [hooks.handles("test.twice")(lambda peer, payload: None) for _ in range(2)]


def test_a_damaged_session_counts_as_lost_and_is_healed(heard, alice_to_bob, post, known_alice):
    post(alice_to_bob.seal(b"one"))
    known_alice.sessions.update(state="damaged")
    # Alice still names the key that the session began with, so Bob begins it again.
    assert verdicts(post(alice_to_bob.seal(b"two"))) == [STORED]
    assert heard == [b"one", b"two"]


def test_a_session_that_is_new_stays_although_the_clock_was_set_back(heard, alice, bobs_card, alice_to_bob, post):
    later = timezone.now() + timedelta(days=1)
    for _ in range(sessions.MOST_KEPT):
        alice_to_bob.session = alice.account.start_session(bobs_card.olm_identity, bobs_card.olm_fallback)
        post(alice_to_bob.seal(b"before"))
    OlmSession.objects.update(used_at=later)
    alice_to_bob.session = alice.account.start_session(bobs_card.olm_identity, bobs_card.olm_fallback)
    post(alice_to_bob.seal(b"after"))
    assert OlmSession.objects.filter(session_id=alice_to_bob.session.id).exists()
    assert OlmSession.objects.count() == sessions.MOST_KEPT


def test_after_a_conflict_nothing_more_of_that_stream_is_taken(heard, alice_to_bob, post):
    post(alice_to_bob.seal(b"from the one home"))
    alice_to_bob.number = 0
    copies = [alice_to_bob.seal(body) for body in (b"from its copy", b"and more of it")]
    assert verdicts(post(*copies)) == [Verdict.CONFLICT, Verdict.LATER]
    assert heard == [b"from the one home"]
