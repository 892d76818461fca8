"""What the member does in conversations: each whole, or not at all."""

from django.db import transaction

from messaging import letters
from messaging.errors import NotFailed, NotWaiting, StillWaiting
from messaging.files import offers
from messaging.models import Conversation, Message
from messaging.payloads import MESSAGE, RECEIPT, ChatReceipt
from messaging.recipients import Recipient, recipient
from peers import events, outbox
from peers.models import Delivery
from peers.own import present_device
from peers.protocol.codec import encode

WAITING, FAILED = Message.State.WAITING, Message.State.FAILED
CANCELLED = "You cancelled this message before it was delivered."
FILES_CANCELLED = "You took this back before all of its files had arrived. What had arrived is there."


def publish_states(conversation: Conversation, pks: list[int]) -> None:
    """Tell the pages that these messages changed."""
    events.publish("states", person=str(conversation.direct_with_id), ids=pks)


@transaction.atomic
def retry(message: Message) -> None:
    """Send a failed message again, under the same id: whoever holds it already shows it once.

    Raises `NotFailed`, or `CannotWriteTo`.
    """
    message = Message.objects.select_for_update().select_related("conversation").get(pk=message.pk)
    if not message.mine or message.state != FAILED:
        raise NotFailed
    to = recipient(message.conversation.direct_with_id)
    to.check()
    clock, payload_id = message.clock, bytes(message.payload_id)
    if to.classic:
        letters.retry(to.classic, message)
    else:
        if message.files:
            offers.offer_again(message, to.devices)
        clock = enqueue(to, message.conversation, MESSAGE, offers.body_of(message), payload_id)
    # Only what was sealed before the message that they read was read too.
    message.clock, message.state, message.reason = clock, WAITING, ""
    message.save(update_fields=["clock", "state", "reason"])
    publish_states(message.conversation, [message.pk])


def enqueue(to: Recipient, conversation: Conversation, kind: str, body: bytes, payload_id: bytes | None = None) -> int:
    """Queue one payload for every device of a person, and return the clock under which it was sealed."""
    own, wire_id = present_device(), bytes(conversation.wire_id)
    payload_id = payload_id or outbox.new_id()
    deliveries = [outbox.enqueue(own, device, kind, wire_id, body, payload_id) for device in to.devices]
    return deliveries[0].clock


@transaction.atomic
def cancel(message: Message) -> None:
    """Take back a message that waits. Raises `NotWaiting` when it is too late for that."""
    # Asked of the row: what was delivered once may be on its way again, for a recipient who lost it.
    if not Message.objects.filter(pk=message.pk, mine=True, state=WAITING).exists():
        raise NotWaiting
    if letters.give_up(message, CANCELLED):
        return
    waiting = Delivery.objects.filter(kind=MESSAGE, payload_id=message.payload_id, state=Delivery.State.WAITING)
    # Each tells `handlers` that it was given up, which makes the message a failed one.
    given_up = [outbox.give_up(delivery, CANCELLED) for delivery in waiting.select_related("stream")]
    if not any(given_up):
        _take_files_back(message)


def _take_files_back(message: Message) -> None:
    """The words are there, but not all of the files: these can still be taken back. Raises `NotWaiting`."""
    to = recipient(message.conversation.direct_with_id)
    if to.classic or not offers.take_back(message, [] if to.obstacle else to.devices):
        raise NotWaiting
    Message.objects.filter(pk=message.pk).update(state=FAILED, reason=FILES_CANCELLED)
    publish_states(message.conversation, [message.pk])


@transaction.atomic
def delete(message: Message) -> None:
    """Remove a failed message from our side; the other side never had it. Raises `NotFailed`."""
    conversation = Conversation.objects.select_for_update().get(pk=message.conversation_id)
    if not message.mine or not Message.objects.filter(pk=message.pk, mine=True, state=FAILED).delete()[0]:
        raise NotFailed
    _close_gap(conversation, message)


@transaction.atomic
def forget(message: Message) -> None:
    """Delete a message with its files on this computer; the other side keeps theirs. Raises `StillWaiting`."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.mine and message.state == WAITING:
        raise StillWaiting
    remove(message)


@transaction.atomic
def remove(message: Message) -> None:
    """Remove a message from our side, whatever became of it."""
    conversation = Conversation.objects.select_for_update().get(pk=message.conversation_id)
    Message.objects.filter(pk=message.pk).delete()
    _close_gap(conversation, message)


def _close_gap(conversation: Conversation, gone: Message) -> None:
    """Show the message before one that is gone, and count anew what is unread."""
    last = conversation.messages.order_by("-pk").first()
    Conversation.objects.filter(pk=conversation.pk).update(
        last_message=last,
        last_at=last.created_at if last else None,
        unread=conversation.messages.filter(mine=False, pk__gt=conversation.read_to).count(),
    )
    events.publish("gone", person=str(conversation.direct_with_id), ids=[gone.hex])


@transaction.atomic
def mark_read(conversation: Conversation, up_to: int) -> bool:
    """Note that the member has read up to the message with this pk, and tell whether that was news.

    The sender is told, unless their keys are in doubt: then they learn it with the next message that is read.
    """
    theirs = Message.objects.filter(conversation=conversation, mine=False)
    newest = theirs.filter(pk__lte=up_to).order_by("-pk").only("pk", "payload_id").first()
    if newest is None or newest.pk <= conversation.read_to:
        return False
    to = recipient(conversation.direct_with_id)
    if not to.obstacle and not to.classic:
        enqueue(to, conversation, RECEIPT, encode(ChatReceipt(bytes(newest.payload_id))))
    # Locked after the outbox's rows, as in `handlers`: so nothing arrives between the count and its note.
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    conversation.read_to = max(conversation.read_to, newest.pk)
    conversation.unread = theirs.filter(pk__gt=conversation.read_to).count()
    conversation.save(update_fields=["read_to", "unread"])
    events.publish("people")
    return True
