"""Conversations, the words in them, and the notices between the words."""

import uuid

from django.db import models
from django.utils import timezone

from peers.models import KnownPerson


class Conversation(models.Model):
    """A conversation with one person; with nobody in particular once there are groups."""

    # What the payloads of this conversation name; both sides derive the same.
    wire_id = models.BinaryField(max_length=16, unique=True)
    direct_with = models.OneToOneField(KnownPerson, models.CASCADE, null=True, related_name="conversation")
    last_message = models.ForeignKey("Message", models.SET_NULL, null=True, related_name="+", db_index=False)
    last_at = models.DateTimeField(null=True)
    # The pk of the last of their messages that the member has read, and how many came after it.
    read_to = models.BigIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0)
    # What the member began to write, and has not sent.
    draft = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"conversation with {self.direct_with}"


class Message(models.Model):
    """A person's words. They stand in the order in which they were stored here."""

    class State(models.TextChoices):
        WAITING = "waiting"
        # By the classic network: their program took it, and has not acknowledged it.
        HANDED = "handed"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"

    payload_id = models.BinaryField(max_length=16, unique=True)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages", db_index=False)
    mine = models.BooleanField()
    text = models.TextField()
    # The hybrid logical clock of the sender's last sealing: it orders what one device sent.
    clock = models.BigIntegerField()
    sent_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=16, choices=State.choices)
    reason = models.CharField(max_length=200, blank=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    # What a message of the classic network does not protect. Empty for every other.
    caution = models.CharField(max_length=300, blank=True)
    # Files of ours that the recipient does not hold yet; and files that the message has.
    files_due = models.PositiveSmallIntegerField(default=0)
    files = models.PositiveSmallIntegerField(default=0)
    # Written in Markdown, by the classic network's word for it.
    is_markdown = models.BooleanField(default=False)
    # Invites to an event of the classic network: the rest is its `Invitation`.
    is_event = models.BooleanField(default=False)
    # What became of the wish to delete a classic message on both sides.
    deletion = models.CharField(max_length=200, blank=True)
    # The page's own mark on what it sends: the same mark again is the same message.
    key = models.UUIDField(null=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "id"], name="message_history"),
            models.Index(fields=["conversation", "mine", "state", "clock"], name="message_not_yet_read"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}: {self.state}"

    @property
    def hex(self) -> str:
        """The name of this message in addresses and pages."""
        return bytes(self.payload_id).hex()

    @property
    def mark(self) -> str:
        """The page's own mark, or nothing."""
        return str(self.key) if isinstance(self.key, uuid.UUID) else ""


class Invitation(models.Model):
    """An event of the classic network to which somebody invites, and the answer of whoever is invited."""

    class Attendance(models.IntegerChoices):
        # The numbers that travel.
        NOT_GOING = 0, "Not going"
        GOING = 1, "Going"
        MAYBE = 2, "Maybe"

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="invitation")
    description = models.TextField(blank=True)
    location = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    # As JSON spells it: an answer names the event by it.
    start_literal = models.CharField(max_length=64)
    answer = models.PositiveSmallIntegerField(choices=Attendance.choices, null=True)
    # How the member's answer fared, as a message would.
    state = models.CharField(max_length=16, choices=Message.State.choices, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"invitation of {self.message_id}"


class Notice(models.Model):
    """What the member should know at this place of a conversation. It is nobody's words."""

    class Code(models.TextChoices):
        KEYS_CHANGED = "keys-changed"
        KEYS_ACCEPTED = "keys-accepted"
        KEYS_REFUSED = "keys-refused"
        STREAM_RESTARTED = "stream-restarted"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="notices", db_index=False)
    code = models.CharField(max_length=32, choices=Code.choices)
    # It stands behind the message with this pk. A plain number, for that message may be removed.
    after = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["conversation", "after"], name="notices_in_place")]

    def __str__(self) -> str:
        return f"notice {self.code}"


# At the end, for they refer to the above: all of the app's models must be known when this module is.
from messaging.files.models import Attachment, Preview  # noqa: E402

__all__ = ["Attachment", "Conversation", "Invitation", "Message", "Notice", "Preview"]
