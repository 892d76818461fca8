"""What arrives from Alice, and how Bob's messages fare: once, in order, and never a tick too early."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import services
from messaging.errors import NotWaiting
from messaging.models import Message, Notice
from messaging.payloads import MESSAGE, RECEIPT, ChatMessage
from peers import hooks, inbox, outbox, resealing
from peers.models import Delivery, OutStream
from peers.protocol import bundle, envelope
from peers.protocol.codec import decode, encode
from peers.protocol.receipt import Answer, Verdict, read_receipt

FAILED = Delivery.State.FAILED


def state(message):
    message.refresh_from_db()
    return message.state


def test_alices_words_are_stored_unread(story):
    payload = story.hear("Grüße 👋")
    message = Message.objects.get()
    assert (message.text, message.mine, bytes(message.payload_id)) == ("Grüße 👋", False, payload.id)
    assert (story.conversation.unread, story.conversation.last_message_id) == (1, message.pk)


def test_the_same_payload_again_is_stored_once(story):
    payload = story.hear("hello")
    story.hear("hello", id=payload.id)
    assert (Message.objects.count(), story.conversation.unread) == (1, 1)


def test_other_words_under_a_known_id_are_refused_and_the_first_are_kept(story):
    payload = story.hear("hello")
    with pytest.raises(hooks.Refused):
        story.hear("not what I said", id=payload.id)
    assert Message.objects.get().text == "hello"


def test_alice_cannot_take_the_id_of_bobs_own_message(story):
    mine = story.say("hello")
    with pytest.raises(hooks.Refused):
        story.hear("hello", id=mine.payload_id)
    assert Message.objects.get().mine


def test_words_for_another_conversation_are_refused(story):
    with pytest.raises(hooks.Refused):
        story.hear("hello", conversation=bytes(16))
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"\xc0", b"\x90", b"\x91\x01", b"\x92\xa1a\xa1b", b"\x91\xa1\xff", b"\x91\xd9\x01a"]
)
def test_a_body_that_is_not_a_message_is_refused(story, body):
    with pytest.raises(hooks.Refused):
        hooks.handler_for(MESSAGE)(story.device, story.payload(MESSAGE, body))


@pytest.mark.parametrize("text", ["a\0b", " \n", "\u200b", "é" * 32_769])
def test_words_that_bob_could_not_have_sent_are_refused(story, text):
    with pytest.raises(hooks.Refused):
        story.hear(text)


@pytest.mark.parametrize("milliseconds", [0, 1, 4_102_444_800_000, (2**63 - 1) >> 16])
def test_a_clock_that_lies_moves_no_message_in_time(story, milliseconds):
    story.hear("hello", clock=milliseconds << 16)
    assert abs(Message.objects.get().sent_at - timezone.now()) < timedelta(minutes=1)


def test_the_time_shown_is_when_alice_wrote(story):
    wrote = timezone.now() - timedelta(hours=5)
    story.hear("hello", clock=int(wrote.timestamp() * 1000) << 16)
    assert abs(Message.objects.get().sent_at - wrote) < timedelta(seconds=1)


def test_a_message_costs_few_queries(story):
    story.hear("one")
    with CaptureQueriesContext(connection) as queries:
        hooks.handler_for(MESSAGE)(story.device, story.payload(MESSAGE, encode(ChatMessage("two"))))
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 3, statements


def test_a_bundle_at_bobs_door_becomes_messages_in_alices_order(story, bob, bobs_card, alice, known_alice):
    session = alice.account.start_session(bobs_card.olm_identity, bobs_card.olm_fallback)
    stream = bytes(15) + b"s"

    def seal(number, text, **changes):
        fields = {"stream": stream, "number": number, "sender": alice.id, "recipient": bobs_card.device, **changes}
        return envelope.seal(session, story.payload(MESSAGE, encode(ChatMessage(text)), **fields))

    sealed = [seal(1, "one"), seal(2, "elsewhere", conversation=bytes(16)), seal(3, "three")]
    answer = decode(Answer, inbox.receive(bob, bundle.make_bundle(alice.key, bobs_card, sealed)))
    receipt = read_receipt(answer.receipt, alice.id, bobs_card.device, [envelope.digest(each) for each in sealed])
    assert receipt.verdicts == [Verdict.STORED, Verdict.REFUSED, Verdict.STORED]
    assert list(Message.objects.order_by("pk").values_list("text", flat=True)) == ["one", "three"]
    assert story.conversation.unread == 2


def test_a_message_is_delivered_when_alices_node_receipted_it(story):
    message = story.say("hello")
    assert state(message) == "waiting"
    story.deliver(message)
    assert (state(message), bool(message.delivered_at)) == ("delivered", True)


def test_a_bundle_of_64_is_settled_with_few_queries(story):
    messages = [story.say(f"message {number}") for number in range(64)]
    with CaptureQueriesContext(connection) as queries:
        story.deliver(*messages)
    assert len([query for query in queries if "messaging_message" in query["sql"]]) == 2
    assert {state(message) for message in messages} == {"delivered"}


def test_a_refused_message_fails_with_the_reason(story):
    message = story.say("hello")
    story.deliver(message, state=FAILED, reason="Their node refused this message.")
    assert (state(message), message.reason) == ("failed", "Their node refused this message.")


def test_one_device_that_refuses_does_not_fail_what_another_stored(story, known_mallory):
    from peers.models import PeerDevice

    PeerDevice.objects.filter(pk=known_mallory.pk).update(person=story.person, pinned=True)
    message = story.say("hello")
    first, second = Delivery.objects.order_by("pk")
    first.state, first.reason = FAILED, "no"
    outbox._end([first])
    assert state(message) == "waiting"
    second.state = Delivery.State.DELIVERED
    outbox._end([second])
    assert state(message) == "delivered"


def test_a_cancelled_message_has_failed_at_once_and_says_why(story):
    message = story.say("hello")
    services.cancel(message)
    assert (state(message), message.reason) == ("failed", services.CANCELLED)


def test_a_message_cancelled_too_late_is_shown_as_delivered_after_all(story):
    message = story.say("hello")
    services.cancel(message)
    story.deliver(message)
    assert (state(message), message.reason) == ("delivered", "")


def test_the_void_of_a_cancelled_message_does_not_fail_its_retry(story):
    message = story.say("hello")
    services.cancel(message)
    void = Delivery.objects.get()
    services.retry(message)
    void.state, void.reason = FAILED, services.CANCELLED
    outbox._end([void])
    assert state(message) == "waiting"


def test_a_message_that_waited_for_seven_days_fails_visibly(story):
    message = story.say("hello")
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert outbox.give_up_the_old() == 1
    assert (state(message), message.reason) == ("failed", outbox.TOO_OLD)


def test_a_read_receipt_covers_all_that_was_sent_up_to_it(story):
    one, two, three = (story.say(text) for text in ("one", "two", "three"))
    story.deliver(one, two, three)
    story.hear_read(two.payload_id)
    assert [state(message) for message in (one, two, three)] == ["read", "read", "delivered"]


def test_what_alice_has_read_was_delivered_even_if_the_receipt_is_late(story):
    message = story.say("hello")
    story.hear_read(message.payload_id)
    assert (state(message), message.delivered_at) == ("read", message.read_at)
    story.deliver(message)
    assert state(message) == "read"


def test_a_message_sent_again_later_is_not_read_with_the_ones_that_overtook_it(story):
    first = story.say("first")
    services.cancel(first)
    second = story.say("second")
    services.retry(first)
    story.hear_read(second.payload_id)
    assert (state(first), state(second)) == ("waiting", "read")


def test_a_failed_message_stays_failed_when_later_ones_are_read(story):
    failed, read = story.say("failed"), story.say("read")
    story.deliver(failed, state=FAILED, reason="no")
    story.hear_read(read.payload_id)
    assert (state(failed), state(read)) == ("failed", "read")


def test_a_receipt_for_an_unknown_message_changes_nothing(story):
    message = story.say("hello")
    story.hear_read(uuid.uuid4().bytes)
    assert state(message) == "waiting"


def test_alice_cannot_mark_her_own_words_or_anothers_as_read(story, carol):
    theirs = story.hear("hello")
    story.hear_read(theirs.id)
    assert Message.objects.get().state == "delivered"


@pytest.mark.parametrize("body", [b"", b"\x91\xc4\x01a", b"\x90"])
def test_a_body_that_is_not_a_receipt_is_refused(story, body):
    with pytest.raises(hooks.Refused):
        hooks.handler_for(RECEIPT)(story.device, story.payload(RECEIPT, body))


def test_words_that_alice_lost_are_found_again_in_the_history(story):
    message = story.say("hello")
    assert hooks.body_again(MESSAGE, message.payload_id) == encode(ChatMessage("hello"))


def test_words_that_bob_took_back_are_never_supplied_again(story):
    message = story.say("I quit")
    services.cancel(message)
    assert hooks.body_again(MESSAGE, message.payload_id) is None
    services.delete(message)
    assert hooks.body_again(MESSAGE, message.payload_id) is None


@pytest.fixture
def sent_again(story):
    """A message that was delivered, and is on its way again because Alice's node was restored."""

    def send(is_read=False):
        message = story.say("hello")
        story.deliver(message)
        if is_read:
            story.hear_read(message.payload_id)
        resealing.resupply(story.bob, story.device, OutStream.objects.get(), 0)
        assert Delivery.objects.get(payload_id=message.payload_id).state == "waiting"
        return message

    return send


@pytest.mark.parametrize("is_read", [False, True])
@pytest.mark.parametrize("end", [Delivery.State.DELIVERED, FAILED])
def test_what_is_sent_again_to_a_restored_node_keeps_its_tick_however_it_ends(story, sent_again, is_read, end):
    message = sent_again(is_read)
    before = state(message)
    story.deliver(message, state=end, reason="no")
    assert (state(message), message.reason) == (before, "")


def test_what_was_delivered_once_is_not_taken_back_while_it_is_sent_again(story, sent_again):
    message = sent_again()
    with pytest.raises(NotWaiting):
        services.cancel(message)
    assert Delivery.objects.get(payload_id=message.payload_id).body is not None


def test_what_is_sent_again_and_grows_too_old_keeps_its_tick(story, sent_again):
    message = sent_again()
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=8))
    outbox.give_up_the_old()
    assert state(message) == "delivered"


def test_alices_own_words_are_not_supplied_as_bobs(story):
    assert hooks.body_again(MESSAGE, story.hear("hello").id) is None


def test_key_changes_and_restarts_leave_notices_in_their_place(story):
    message = story.say("before")
    hooks.keys_changed.send(sender=None, person=story.person)
    hooks.keys_judged.send(sender=None, person=story.person, accepted=True)
    hooks.keys_judged.send(sender=None, person=story.person, accepted=False)
    hooks.stream_restarted.send(sender=None, peer=story.device)
    assert list(Notice.objects.order_by("pk").values_list("code", "after")) == [
        (code, message.pk) for code in ("keys-changed", "keys-accepted", "keys-refused", "stream-restarted")
    ]


def test_pages_hear_of_words_and_of_states(story, published, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        story.hear("hello")
        message = story.say("hi")
        story.deliver(message)
    heard = [(event["what"], event.get("ids")) for event in published if event["what"] in ("messages", "ticks")]
    theirs = Message.objects.get(mine=False)
    assert heard == [("messages", [theirs.pk]), ("messages", [message.pk]), ("ticks", [message.pk])]
