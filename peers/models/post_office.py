"""What the post office keeps: our own device, the devices that we know, ratchets, streams and deliveries."""

import os

from django.db import models
from django.utils import timezone

from peers.models.people import KnownPerson


class OwnDevice(models.Model):
    """This node's key set for its member. The database that holds it is encrypted; so every secret stands here."""

    device = models.BinaryField(max_length=32, unique=True)
    # Empty until the member signs in for the first time.
    person = models.BinaryField(max_length=16, default=bytes)
    signing_secret = models.BinaryField()
    olm_state = models.TextField()
    olm_state_key = models.BinaryField()
    olm_fallback = models.BinaryField()
    sealing_secret = models.BinaryField()
    previous_sealing_secret = models.BinaryField(null=True)
    card = models.BinaryField(default=bytes)
    card_version = models.BigIntegerField(default=0)
    certificate = models.BinaryField(null=True)
    tls_pair = models.BinaryField(default=bytes)
    keys_made_at = models.DateTimeField(default=timezone.now)
    # The last reading of the hybrid logical clock.
    clock = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"our device {bytes(self.device).hex()[:8]}"


class PeerDevice(models.Model):
    """A device of another person, as its own card and the login server's certificate describe it."""

    device = models.BinaryField(max_length=32, unique=True)
    person = models.ForeignKey(KnownPerson, on_delete=models.CASCADE, related_name="devices")
    card = models.BinaryField()
    card_version = models.BigIntegerField()
    certificate = models.BinaryField(null=True)
    certified_until = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    # On the list of statements that we pinned, certified, not withdrawn: only then is it written to or heard.
    pinned = models.BooleanField(default=False)
    # The version of our own card that this device is known to hold.
    told_version = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "device of a person"
        verbose_name_plural = "devices of people"

    def __str__(self) -> str:
        return f"device {bytes(self.device).hex()[:8]}"


class OlmSession(models.Model):
    """One ratchet with one device. Its state and what it sealed or opened are always written in one transaction."""

    peer = models.ForeignKey(PeerDevice, on_delete=models.CASCADE, related_name="sessions")
    session_id = models.CharField(max_length=64)
    state = models.TextField()
    state_key = models.BinaryField()
    used_at = models.DateTimeField(default=timezone.now)
    # Sealed with no more, since one of the two could not open something; kept to open what is under way.
    retired = models.BooleanField(default=False)
    # Envelopes opened since we last sealed with it, and since when: one-way traffic is answered to heal the ratchet.
    opened_since = models.IntegerField(default=0)
    one_way_since = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "ratchet with a device"
        verbose_name_plural = "ratchets with devices"
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
        verbose_name = "stream to a device"
        verbose_name_plural = "streams to devices"
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
    # How the last 64 envelopes fared, as `peers.streams` packs it: a repeated one gets the same verdict again.
    recent = models.BinaryField(default=bytes)
    # How long the envelopes were that we stored: a person has a share of this disk.
    kept_bytes = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "stream from a device"
        verbose_name_plural = "streams from devices"
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
    conversation = models.BinaryField(max_length=16)
    clock = models.BigIntegerField()
    # Both are kept until the receipt: the envelope to be sent again, the body to be sealed again.
    body = models.BinaryField(null=True)
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


class Lane(models.Model):
    """How the way to one device fares: when to try next, since when it fails, and which process drives it."""

    peer = models.OneToOneField(PeerDevice, on_delete=models.CASCADE, related_name="lane")
    attempts = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    last_success_at = models.DateTimeField(null=True)
    healed_at = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "lane to a device"
        verbose_name_plural = "lanes to devices"

    def __str__(self) -> str:
        return f"lane to {self.peer}"


class Attempt(models.Model):
    """One request to a device: which numbers it carried and how it went."""

    peer = models.ForeignKey(PeerDevice, on_delete=models.CASCADE, related_name="attempts")
    stream = models.ForeignKey(OutStream, on_delete=models.CASCADE, related_name="attempts", null=True)
    first_number = models.BigIntegerField(default=0)
    last_number = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)
    milliseconds = models.IntegerField()
    outcome = models.CharField(max_length=200)

    class Meta:
        verbose_name = "attempt at a delivery"
        verbose_name_plural = "attempts at deliveries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.outcome}"


class UnknownPayload(models.Model):
    """A payload of a kind that this version does not know: receipted and kept aside for a later one."""

    peer = models.ForeignKey(PeerDevice, on_delete=models.CASCADE, related_name="unknown_payloads")
    kind = models.CharField(max_length=64)
    payload = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.kind} from {self.peer}"
