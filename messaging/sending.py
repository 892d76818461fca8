"""Storing and queueing what the member composed: any number of messages in one transaction."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from messaging import letters
from messaging.conversations import moved_on, place_with
from messaging.errors import KeyReused, MessagingError
from messaging.files import offers, uploads
from messaging.files.errors import NoSuchFile
from messaging.files.models import Attachment
from messaging.models import Conversation, Message
from messaging.moments import time_of
from messaging.payloads import MESSAGE, ChatMessage
from messaging.recipients import Recipient, recipients
from messaging.text import clean_text
from peers import events, outbox, wakes
from peers.models import Delivery, OwnDevice, PeerDevice
from peers.older import outbox as classic
from peers.own import present_device
from peers.prepared import Many, Select, insert
from peers.protocol.codec import encode

_by_key = Select(lambda keys: Message.objects.filter(key__in=[keys]), Many(Message.key))


@dataclass(frozen=True, slots=True)
class Composed:
    """What the member wrote. The same key again is the same message."""

    person: uuid.UUID
    text: str
    key: uuid.UUID | None = None
    # Files of the tray, in their order.
    files: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The message that was stored, and whether it was only now."""

    message: Message
    is_new: bool


def send_message(composed: Composed) -> Message:
    """Store one message and queue it for its recipient. Raises `MessagingError`."""
    (result,) = send_messages([composed])
    if isinstance(result, MessagingError):
        raise result
    return result.message


@transaction.atomic
def send_messages(batch: Sequence[Composed]) -> list[Sent | MessagingError]:
    """Store messages in their order and queue them for their recipients, in one transaction.

    Each gets its own answer: what was stored, or the reason why nothing was.
    """
    desk = Desk(batch)
    answers = [desk.take(composed) for composed in batch]
    desk.post()
    return answers


class Desk:
    """One batch on its way into the outbox and the history."""

    def __init__(self, batch: Sequence[Composed]) -> None:
        keys = [composed.key for composed in batch if composed.key]
        held = _by_key.all(keys) if keys else []
        self.by_key: dict[uuid.UUID | None, Message] = {row.key: row for row in held}
        self.recipients = recipients(composed.person for composed in batch)
        self.conversations = {person: place_with(person) for person, to in self.recipients.items() if not to.obstacle}
        self.new: dict[uuid.UUID, list[Message]] = defaultdict(list)
        self.order: list[Message] = []
        self.files: dict[bytes, list[Attachment]] = {}
        self.queued: list[tuple[OwnDevice, PeerDevice, list[Delivery]]] = []

    def take(self, composed: Composed) -> Sent | MessagingError:
        """Answer one composed message; what is new waits for `post`."""
        try:
            text = clean_text(composed.text, with_files=bool(composed.files))
            if known := self.by_key.get(composed.key):
                return Sent(self._same(known, composed, text), is_new=False)
            self.recipients[composed.person].check()
            files = self._files(composed)
        except MessagingError as err:
            return err
        message = Message(
            payload_id=outbox.new_id(),
            conversation=self.conversations[composed.person],
            mine=True,
            text=text,
            state=Message.State.WAITING,
            key=composed.key,
            files=len(files),
            # By the classic network each file is a letter, which tells by itself how it fared.
            files_due=0 if self.recipients[composed.person].classic else len(files),
        )
        if files:
            self.files[bytes(message.payload_id)] = files
        if composed.key:
            self.by_key[composed.key] = message
        self.new[composed.person].append(message)
        self.order.append(message)
        return Sent(message, is_new=True)

    def _files(self, composed: Composed) -> list[Attachment]:
        if not composed.files:
            return []
        if any(row.pk in composed.files for rows in self.files.values() for row in rows):
            raise NoSuchFile  # another message of this batch has it
        files = offers.chosen(composed.person, composed.files)
        if self.recipients[composed.person].classic:
            for row in files:
                uploads.check_classic(row.size)
        return files

    @staticmethod
    def _same(known: Message, composed: Composed, text: str) -> Message:
        if (known.conversation.direct_with_id, known.text) != (composed.person, text):
            raise KeyReused
        return known

    def post(self) -> None:
        """Queue and store all that is new."""
        if not self.order:
            return
        for person, messages in self.new.items():
            self._enqueue(self.recipients[person], self.conversations[person], messages)
        now = timezone.now()
        for message in self.order:
            # The clock may run ahead of the wall, after hearing one that does.
            message.created_at, message.sent_at = now, min(now, time_of(message.clock))
        insert(self.order)
        for person, messages in self.new.items():
            for message in messages:
                if message.files:
                    offers.attach(message, self.files[bytes(message.payload_id)], self.recipients[person].devices)
            moved_on(self.conversations[person], messages[-1], now)
            events.publish("messages", person=str(person), ids=[message.pk for message in messages], mine=True)
        for own, device, rows in self.queued:
            wakes.envelopes_come.send_robust(sender=None, own=own, peer=device, rows=rows)

    def _enqueue(self, to: Recipient, conversation: Conversation, messages: Sequence[Message]) -> None:
        if to.classic:
            for message in messages:
                message.clock = classic.new_clock()
                letters.enqueue(to.classic, message, self.files.get(bytes(message.payload_id), ()))
            return
        wire_id = bytes(conversation.wire_id)
        queue = [
            outbox.Letter(MESSAGE, wire_id, encode(self._body(message)), bytes(message.payload_id))
            for message in messages
        ]
        own = present_device()
        queued = [(own, device, outbox.enqueue_many(own, device, queue)) for device in to.devices]
        self.queued += queued
        for message, delivery in zip(messages, queued[0][-1], strict=True):
            message.clock = delivery.clock

    def _body(self, message: Message) -> ChatMessage:
        return ChatMessage(message.text, offers.offered(self.files.get(bytes(message.payload_id), ())))
