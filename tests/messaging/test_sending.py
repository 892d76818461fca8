"""What Bob composes: stored and queued in one transaction, once, or answered with a sentence."""

import asyncio
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import composer as composer_module
from messaging import sending
from messaging.composer import Composer, settle
from messaging.errors import CannotWriteTo, EmptyText, KeyReused, MessagingError, TextTooLong, UnsendableCharacter
from messaging.models import Message
from messaging.payloads import ChatMessage
from messaging.sending import Composed, send_messages
from peers import attempts, couriers, node, outbox, wakes
from peers.models import Delivery, KnownPerson, OwnDevice, PeerDevice
from peers.protocol.codec import decode
from tests.peers.test_attempts import AlicesNode, wait_for


def bodies():
    return [decode(ChatMessage, bytes(row.body)).text for row in Delivery.objects.order_by("number")]


def test_what_bob_writes_is_stored_and_waits_for_alices_device(story):
    message = story.say("Grüße 👋\nzweite Zeile")
    assert (message.state, message.mine, message.text) == ("waiting", True, "Grüße 👋\nzweite Zeile")
    delivery = Delivery.objects.get()
    assert bodies() == ["Grüße 👋\nzweite Zeile"]
    assert (bytes(delivery.payload_id), bytes(delivery.conversation)) == (message.payload_id, story.wire_id)
    assert message.clock == delivery.clock


def test_the_newest_words_stand_in_the_list(story):
    story.say("one")
    last = story.say("two")
    conversation = story.conversation
    assert (conversation.last_message_id, conversation.last_at, conversation.unread) == (last.pk, last.created_at, 0)


def test_the_same_key_again_is_the_same_message(story):
    key = uuid.uuid4()
    assert story.say("hello", key).pk == story.say("hello", key).pk
    assert bodies() == ["hello"]


def test_the_same_key_twice_in_one_batch_is_one_message(story):
    key = uuid.uuid4()
    first, second = send_messages([Composed(story.id, "hello", key)] * 2)
    assert (first.message.pk, first.is_new, second.is_new) == (second.message.pk, True, False)
    assert Message.objects.count() == Delivery.objects.count() == 1


def test_a_key_that_stood_for_other_words_is_refused(story):
    key = uuid.uuid4()
    story.say("hello", key)
    with pytest.raises(KeyReused):
        story.say("other words", key)


def test_words_are_kept_as_typed_but_for_line_ends(story):
    assert story.say("  a\r\nb\rc \t").text == "  a\nb\nc \t"


def test_the_longest_message_goes_and_one_byte_more_does_not(story):
    assert len(story.say("é" * 32_768).text) == 32_768
    with pytest.raises(TextTooLong, match=r"65,537 bytes, and 65,536 is the most"):
        story.say("é" * 32_768 + "a")


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u200b", "\u200e\u00a0"])
def test_words_that_show_nothing_are_not_sent(story, text):
    with pytest.raises(EmptyText):
        story.say(text)
    assert not Message.objects.exists()


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_cannot_be_encoded_is_refused_with_a_sentence(story, text):
    with pytest.raises(UnsendableCharacter) as refusal:
        story.say(text)
    assert "cannot be sent" in refusal.value.sentence


@pytest.mark.parametrize(
    "text", ["👩🏽\u200d🚒", "\u2066rtl\u2069", "日本語", "𝕏", "'; DROP TABLE--", "{{ 7*7 }}", "\x1b[31m"]
)
def test_any_other_words_go_as_they_are(story, text):
    assert story.say(text).text == text


def change(**fields):
    KnownPerson.objects.update(**fields)


@pytest.mark.parametrize(
    ("obstruct", "words"),
    [
        (lambda: PeerDevice.objects.all().delete(), "has not signed in on a computer yet"),
        (lambda: PeerDevice.objects.update(pinned=False), "has no computer just now that can be written to"),
        (lambda: change(changed_statements=b"other"), "have changed"),
        (lambda: change(is_active=False), "no longer has an account"),
    ],
)
def test_who_cannot_be_written_to_gets_nothing_and_bob_a_sentence(story, obstruct, words):
    obstruct()
    with pytest.raises(CannotWriteTo, match=words):
        story.say("hello")
    assert not Message.objects.exists()
    assert not Delivery.objects.exists()


def test_nobody_can_write_to_a_person_whom_the_node_does_not_know(bob):
    with pytest.raises(CannotWriteTo):
        sending.send_message(Composed(uuid.uuid4(), "hello"))


def test_a_message_that_is_refused_does_not_hinder_its_neighbours(story, carol):
    batch = [Composed(story.id, "one"), Composed(carol.pk, "?"), Composed(story.id, " "), Composed(story.id, "two")]
    answers = send_messages(batch)
    assert [isinstance(answer, MessagingError) for answer in answers] == [False, True, True, False]
    assert bodies() == ["one", "two"]
    assert [message.text for message in Message.objects.order_by("pk")] == ["one", "two"]


def test_a_batch_costs_as_many_queries_as_one_message(story):
    story.say("the session starts")
    counts = []
    for size in (1, 64):
        with CaptureQueriesContext(connection) as queries:
            send_messages([Composed(story.id, f"message {number}") for number in range(size)])
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


def test_a_message_to_two_devices_has_one_id_and_two_deliveries(story, known_mallory):
    PeerDevice.objects.filter(pk=known_mallory.pk).update(person=story.person, pinned=True)
    message = story.say("hello")
    assert [bytes(row.payload_id) for row in Delivery.objects.all()] == [message.payload_id] * 2


def test_pages_hear_of_new_messages_after_the_commit(story, published, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        message = story.say("hello")
        assert published == []
    told = {"what": "messages", "person": str(story.id), "ids": [message.pk], "mine": True}
    assert {"type": "node.event", **told} in published


@pytest.mark.django_db(transaction=True)
def test_messages_that_arrive_together_share_a_transaction(story, monkeypatch):
    sizes, begun, go_on = [], threading.Event(), threading.Event()

    def slow(batch):
        sizes.append(len(batch))
        begun.set()
        assert go_on.wait(10)
        return send_messages(batch)

    async def ten():
        composer = Composer()
        futures = [composer.submit(Composed(story.id, "first"))]
        assert begun.wait(10)
        futures += [composer.submit(Composed(story.id, f"message {number}")) for number in range(9)]
        go_on.set()
        return [sent.message.pk for sent in await asyncio.wait_for(asyncio.gather(*futures), 10)]

    monkeypatch.setattr(composer_module, "send_messages", slow)
    pks = asyncio.run(ten())
    assert (sizes, pks) == ([1, 9], sorted(pks))
    assert Message.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_who_asked_is_answered_after_the_commit(story):
    async def one():
        return await asyncio.wait_for(Composer().submit(Composed(story.id, "hello")), 10)

    message = asyncio.run(one()).message
    # Another connection sees it, so it is committed.
    assert Message.objects.get(pk=message.pk).text == "hello"


@pytest.fixture
def settled():
    """Settle what is composed as the composer's thread does, and return what each asker hears."""
    loop = asyncio.new_event_loop()

    def outcomes(composed):
        jobs = [(each, loop.create_future()) for each in composed]
        settle(jobs)
        return loop.run_until_complete(asyncio.gather(*(future for _, future in jobs), return_exceptions=True))

    yield outcomes
    loop.close()


def test_a_job_that_breaks_does_not_fail_its_neighbours(story, settled, monkeypatch, caplog):
    def breaks(batch):
        if any(composed.text == "breaks" for composed in batch):
            raise RuntimeError("a bug")
        return send_messages(batch)

    monkeypatch.setattr(composer_module, "send_messages", breaks)
    with transaction.atomic():
        one, broken, empty, two = settled(Composed(story.id, text) for text in ("one", "breaks", "", "two"))
    assert (one.message.text, two.message.text) == ("one", "two")
    assert isinstance(broken, RuntimeError)
    assert isinstance(empty, EmptyText)
    assert "could not be stored" in caplog.text


def test_a_disk_that_is_full_fails_all_at_once_and_is_tried_once(story, settled, monkeypatch, caplog):
    tries = []

    def full(batch):
        tries.append(len(batch))
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(composer_module, "send_messages", full)
    outcomes = settled(Composed(story.id, str(number)) for number in range(8))
    assert tries == [8]
    assert all(isinstance(outcome, OperationalError) for outcome in outcomes)
    assert "could not be stored" in caplog.text


def test_a_clock_that_runs_ahead_dates_no_words_in_the_future(story):
    ahead = int((timezone.now() + timedelta(minutes=4)).timestamp() * 1000) << 16
    OwnDevice.objects.update(clock=ahead)
    message = story.say("hello")
    assert message.clock > ahead
    assert message.sent_at <= timezone.now()


@pytest.fixture
def foreseen():
    """What couriers are told of envelopes that come, and whether that was before their commit."""
    told = []

    def listener(own, peer, rows, **_):
        told.append((own, peer, rows, connection.in_atomic_block))

    wakes.envelopes_come.connect(listener)
    yield told
    wakes.envelopes_come.disconnect(listener)


@pytest.mark.django_db(transaction=True)
def test_couriers_are_told_before_the_commit_of_all_that_will_wait(story, foreseen):
    send_messages([Composed(story.id, "one"), Composed(story.id, "two")])
    ((own, peer, rows, is_before),) = foreseen
    assert (own, peer) == (story.bob, story.device)
    assert is_before
    assert [bytes(row.digest) for row in rows] == [bytes(row.digest) for row in outbox.waiting(story.device)]


def test_what_was_sent_before_is_not_foreseen_again(story, foreseen):
    key = uuid.uuid4()
    for _ in range(2):
        send_messages([Composed(story.id, "hello", key)])
    assert len(foreseen) == 1


def test_what_is_refused_is_not_foreseen(story, foreseen, carol):
    send_messages([Composed(story.id, "   "), Composed(carol.pk, "hello")])
    assert foreseen == []


@pytest.mark.django_db(transaction=True)
def test_alice_hears_a_bundle_that_was_made_before_its_commit(story, alice, bobs_card, monkeypatch):
    alices, mine, makers = AlicesNode(alice, bobs_card), couriers.Couriers(threads=1), []
    make = outbox.make_bundle
    monkeypatch.setattr(
        outbox, "make_bundle", lambda *args: makers.append(threading.current_thread().name) or make(*args)
    )
    monkeypatch.setattr(node, "couriers", mine)
    monkeypatch.setattr(mine, "_rounds", lambda: None)
    monkeypatch.setattr(attempts, "Routes", lambda: alices)
    calls = ((wakes.envelopes_come, node._foresee), (wakes.envelope_waits, node._wake))
    for signal, receiver in calls:
        signal.connect(receiver)
    mine.start()
    try:
        message = story.say("hello")
        wait_for(lambda: Message.objects.get(pk=message.pk).state == "delivered")
    finally:
        mine.stop()
        for signal, receiver in calls:
            signal.disconnect(receiver)
    assert [name.partition("_")[0] for name in makers] == ["presealing"]
