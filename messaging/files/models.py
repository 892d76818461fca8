"""What the member knows of files. The rows stand in the encrypted database; the bytes are blobs of the post office."""

import os
import uuid

from django.db import models
from django.utils import timezone

from peers.models import Blob, KnownPerson, PeerDevice
from peers.protocol.chunk import count, new_key


def new_transfer_id() -> bytes:
    """Return a random transfer id."""
    return os.urandom(32)


class Attachment(models.Model):
    """One file: on its way up from the browser, or part of a message."""

    class State(models.TextChoices):
        # From our browser to our node.
        UPLOADING = "uploading"
        # From their node to ours.
        ARRIVING = "arriving"
        READY = "ready"
        # A photo of ours that could not be stripped, until the member says that it may go as it is.
        ASKING = "asking"
        # The bytes will not come, or are no more; the reason says why.
        FAILED = "failed"

    class Kind(models.TextChoices):
        IMAGE = "image"
        AUDIO = "audio"
        VIDEO = "video"
        PDF = "pdf"
        TEXT = "text"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # None while it waits in the tray of the conversation with `person`.
    message = models.ForeignKey("messaging.Message", models.CASCADE, null=True, related_name="attachments")
    person = models.ForeignKey(KnownPerson, models.CASCADE, related_name="+")
    mine = models.BooleanField()
    place = models.IntegerField(default=0)
    # As it was given: shown by `messaging.files.names` only.
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=127, blank=True)
    # What the first bytes say it is. Only that decides how it is shown.
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.OTHER)
    sniffed = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32, default=bytes)
    key = models.BinaryField(max_length=32, default=new_key)
    transfer_id = models.BinaryField(max_length=32, default=new_transfer_id)
    blob = models.ForeignKey(Blob, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=State.choices)
    reason = models.CharField(max_length=200, blank=True)
    # Send a photo with all that the camera wrote into it.
    original = models.BooleanField(default=False)
    # Theirs: when their node said that it holds the whole file.
    receipted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["transfer_id"], name="attachment_of_a_transfer")]
        ordering = ["place", "created_at"]

    def __str__(self) -> str:
        return f"file {self.pk}: {self.state}"

    @property
    def chunks(self) -> int:
        """How many chunks the file has."""
        return count(self.size)


class Preview(models.Model):
    """A small picture of a file, made anew from its pixels: nothing of the original's bytes is in it."""

    attachment = models.OneToOneField(Attachment, models.CASCADE, primary_key=True, related_name="preview")
    width = models.IntegerField()
    height = models.IntegerField()
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"preview of {self.attachment_id}"


class PeerLimits(models.Model):
    """What a device's node said that it takes of our files, and when."""

    device = models.OneToOneField(PeerDevice, models.CASCADE, primary_key=True, related_name="+")
    largest = models.BigIntegerField()
    room = models.BigIntegerField()
    heard_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"limits of {self.device}"
