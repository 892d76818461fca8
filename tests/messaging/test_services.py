"""What Bob does with messages: try again, take back, remove, read."""

import pytest

from messaging import services
from messaging.errors import CannotWriteTo, NotFailed, NotWaiting, StillWaiting
from messaging.models import Message
from messaging.payloads import RECEIPT, ChatReceipt
from peers.models import Delivery, PeerDevice
from peers.protocol.codec import decode

FAILED = Delivery.State.FAILED


@pytest.fixture
def failed(story):
    message = story.say("hello")
    story.deliver(message, state=FAILED, reason="Their node refused this message.")
    message.refresh_from_db()
    return message


def receipts():
    return [decode(ChatReceipt, bytes(row.body)).up_to for row in Delivery.objects.filter(kind=RECEIPT)]


def test_a_retry_waits_again_under_the_same_id(failed):
    services.retry(failed)
    failed.refresh_from_db()
    assert (failed.state, failed.reason) == ("waiting", "")
    first, second = Delivery.objects.order_by("number")
    assert (first.state, second.state) == (FAILED, "waiting")
    assert first.payload_id == second.payload_id


def test_only_what_failed_is_tried_again(story):
    message = story.say("hello")
    with pytest.raises(NotFailed):
        services.retry(message)
    assert Delivery.objects.count() == 1


def test_a_retry_to_changed_keys_is_stopped_and_the_message_stays_failed(failed):
    PeerDevice.objects.update(pinned=False)
    with pytest.raises(CannotWriteTo):
        services.retry(failed)
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_what_is_delivered_cannot_be_taken_back(story):
    message = story.say("hello")
    story.deliver(message)
    with pytest.raises(NotWaiting):
        services.cancel(message)
    message.refresh_from_db()
    assert message.state == "delivered"


def test_a_failed_message_is_removed_and_the_list_shows_the_one_before(story):
    first, last = story.say("first"), story.say("last")
    services.cancel(last)
    services.delete(last)
    assert (list(Message.objects.all()), story.conversation.last_message_id) == ([first], first.pk)


def test_only_what_failed_is_removed(story):
    message = story.say("hello")
    with pytest.raises(NotFailed):
        services.delete(message)
    assert Message.objects.exists()


def test_alices_words_cannot_be_retried_cancelled_or_removed(story):
    story.hear("hello")
    theirs = Message.objects.get()
    with pytest.raises(NotFailed):
        services.retry(theirs)
    with pytest.raises(NotWaiting):
        services.cancel(theirs)
    with pytest.raises(NotFailed):
        services.delete(theirs)
    assert Message.objects.exists()


def test_reading_counts_down_and_tells_alice_once(story):
    payloads = [story.hear(text) for text in ("one", "two", "three")]
    _, two, three = Message.objects.order_by("pk")
    assert services.mark_read(story.conversation, two.pk)
    assert (story.conversation.unread, story.conversation.read_to) == (1, two.pk)
    assert not services.mark_read(story.conversation, two.pk)
    assert services.mark_read(story.conversation, three.pk + 100)
    assert story.conversation.unread == 0
    assert receipts() == [payloads[1].id, payloads[2].id]


def test_reading_never_goes_backwards(story):
    story.hear("one")
    story.hear("two")
    one, two = Message.objects.order_by("pk")
    services.mark_read(story.conversation, two.pk)
    assert not services.mark_read(story.conversation, one.pk)
    assert (story.conversation.read_to, story.conversation.unread) == (two.pk, 0)


def test_bobs_own_messages_are_not_read_receipted(story):
    message = story.say("hello")
    assert not services.mark_read(story.conversation, message.pk)
    assert receipts() == []


def test_what_arrives_after_the_last_one_read_stays_unread(story):
    story.hear("one")
    one = Message.objects.get()
    story.hear("two")
    services.mark_read(story.conversation, one.pk)
    story.hear("three")
    assert story.conversation.unread == 2


def test_reading_is_noted_here_even_when_alice_cannot_be_told(story):
    story.hear("hello")
    PeerDevice.objects.update(pinned=False)
    assert services.mark_read(story.conversation, Message.objects.get().pk)
    assert (story.conversation.unread, receipts()) == (0, [])


def test_any_message_that_does_not_wait_is_forgotten_here(story):
    mine = story.say("mine")
    with pytest.raises(StillWaiting):
        services.forget(mine)
    story.deliver(mine)
    services.forget(mine)
    story.hear("theirs")
    services.forget(Message.objects.get(text="theirs"))
    assert not Message.objects.exists()
    mine.conversation.refresh_from_db()
    assert (mine.conversation.last_message, mine.conversation.unread) == (None, 0)
