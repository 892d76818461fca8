"""Files as the post office knows them: ciphertext under a random name, and how it fares on its way."""

import secrets
import uuid

from django.db import models
from django.utils import timezone

from peers.models.post_office import PeerDevice


def new_name() -> str:
    """Return a random name, which says nothing about a file."""
    return secrets.token_hex(16)


class Blob(models.Model):
    """The ciphertext of one file on our disk. Its key, name and type are known above the post office only."""

    name = models.CharField(max_length=32, unique=True, default=new_name)
    # Plain bytes of the file: the chunks follow from it.
    size = models.BigIntegerField()
    # A bit for each chunk that is on the disk, verified and synced.
    have = models.BinaryField(default=bytes)
    held = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"blob {self.name[:8]}"


class Transfer(models.Model):
    """A blob's way to a device, or from one. The id is a secret between the two: whoever knows it may go on."""

    class State(models.TextChoices):
        # Not yet: the offer is still on its way.
        OFFERED = "offered"
        MOVING = "moving"
        PAUSED = "paused"
        # All is there; the receiver's word on it is still on its way.
        ARRIVED = "arrived"
        DONE = "done"
        REFUSED = "refused"
        STOPPED = "stopped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    transfer_id = models.BinaryField(max_length=32)
    peer = models.ForeignKey(PeerDevice, models.CASCADE, related_name="transfers")
    # None when the member deleted the file: the other side still has to hear that it is gone.
    blob = models.ForeignKey(Blob, models.SET_NULL, null=True, related_name="transfers")
    incoming = models.BooleanField()
    state = models.CharField(max_length=16, choices=State.choices)
    # Why it was refused, or why it does not move now: `peers.protocol.transfer.Wish`, or nothing.
    reason = models.CharField(max_length=16, blank=True)
    # What the sender must still be told of a file that we will not have: a `Wish`, or nothing.
    untold = models.CharField(max_length=16, blank=True)
    # How many chunks the other side is known to hold.
    sent = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transfer_id", "peer", "incoming"], name="one_row_a_transfer"),
        ]
        indexes = [models.Index(fields=["incoming", "state"], name="transfers_under_way")]

    def __str__(self) -> str:
        return f"{'from' if self.incoming else 'to'} {self.peer}: {self.state}"
