"""What the post office keeps: our own device, the devices that we know, ratchets, streams and deliveries."""

import os

from django.db import models
from django.utils import timezone


class OwnDevice(models.Model):
    """This node's key set for its member. The database that holds it is encrypted; so every secret stands here."""

    device = models.BinaryField(max_length=32, unique=True)
    person = models.BinaryField(max_length=16)
    signing_secret = models.BinaryField()
    olm_state = models.TextField()
    olm_state_key = models.BinaryField()
    olm_fallback = models.BinaryField()
    sealing_secret = models.BinaryField()
    previous_sealing_secret = models.BinaryField(null=True)
    card = models.BinaryField(default=bytes)
    card_version = models.BigIntegerField(default=0)
    # The last reading of the hybrid logical clock.
    clock = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"our device {bytes(self.device).hex()[:8]}"


class PeerDevice(models.Model):
    """A device of another person, as its own card and the login server's certificate describe it."""

    device = models.BinaryField(max_length=32, unique=True)
    person = models.BinaryField(max_length=16, db_index=True)
    card = models.BinaryField()
    card_version = models.BigIntegerField()
    # Only a device of a list of statements that we pinned is written to or heard.
    pinned = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"device {bytes(self.device).hex()[:8]}"


class OlmSession(models.Model):
    """One ratchet with one device. Its state and what it sealed or opened are always written in one transaction."""

    peer = models.ForeignKey(PeerDevice, on_delete=models.CASCADE, related_name="sessions")
    session_id = models.CharField(max_length=64)
    state = models.TextField()
    state_key = models.BinaryField()
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "session_id"], name="one_row_a_session")]

    def __str__(self) -> str:
        return f"session {self.session_id[:8]} with {self.peer}"


def new_stream_id() -> bytes:
    """Return a random 128-bit stream id."""
    return os.urandom(16)


class OutStream(models.Model):
    """The order of what we send a device. A closed stream stays, so that its id never returns."""

    peer = models.ForeignKey(PeerDevice, on_delete=models.CASCADE, related_name="out_streams")
    stream = models.BinaryField(max_length=16, unique=True, default=new_stream_id)
    last_number = models.BigIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["peer"], condition=models.Q(closed_at=None), name="one_open_stream_a_device"
            )
        ]

    def __str__(self) -> str:
        return f"stream to {self.peer} at {self.last_number}"


class InStream(models.Model):
    """The order of what a device sends us, and the last number of it that we hold."""

    peer = models.ForeignKey(PeerDevice, on_delete=models.CASCADE, related_name="in_streams")
    stream = models.BinaryField(max_length=16)
    last_number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "stream"], name="one_row_an_in_stream")]

    def __str__(self) -> str:
        return f"stream from {self.peer} at {self.last_number}"


class Delivery(models.Model):
    """How one payload fares on its way to one device. The sealed envelope is kept until it is receipted."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"

    stream = models.ForeignKey(OutStream, on_delete=models.CASCADE, related_name="deliveries")
    number = models.BigIntegerField()
    payload_id = models.BinaryField(max_length=16, db_index=True)
    kind = models.CharField(max_length=64)
    envelope = models.BinaryField(null=True)
    digest = models.BinaryField(max_length=32)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "number"], name="a_number_is_issued_once")]
        indexes = [models.Index(fields=["stream", "state", "number"], name="waiting_in_order")]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"number {self.number} of {self.stream}: {self.state}"


class UnknownPayload(models.Model):
    """A payload of a kind that this version does not know: receipted and kept aside for a later one."""

    peer = models.ForeignKey(PeerDevice, on_delete=models.CASCADE, related_name="unknown_payloads")
    kind = models.CharField(max_length=64)
    payload = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.kind} from {self.peer}"
