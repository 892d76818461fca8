"""Who people are: our own profile as we sign it, and the last copy of everybody else's."""

from django.db import models

from peers.models import KnownPerson, PeerDevice
from peers.protocol.profile import MAX_LINE

PICTURE_MARK = 16


class Fields(models.Model):
    """What people say of themselves."""

    version = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(null=True)
    full_name = models.CharField(max_length=MAX_LINE, blank=True)
    position = models.CharField(max_length=MAX_LINE, blank=True)
    location = models.CharField(max_length=MAX_LINE, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    description = models.TextField(blank=True)
    # A JPEG that this node made itself, and the beginning of its SHA-256 in hex; both empty without a picture.
    picture = models.BinaryField(default=bytes)
    picture_mark = models.CharField(max_length=PICTURE_MARK, blank=True)

    class Meta:
        abstract = True


class OwnProfile(Fields):
    """The member's profile. One row, made when it is first saved."""

    signed = models.BinaryField(default=bytes)

    def __str__(self) -> str:
        return f"our profile, version {self.version}"


class Verification(models.Model):
    """The member and a person compared their safety number. It ends when the person's keys change."""

    person = models.OneToOneField(KnownPerson, models.CASCADE, primary_key=True, related_name="verification")
    number = models.CharField(max_length=60)
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"compared with {self.person_id}"


class Profile(Fields):
    """The last copy of another person's profile; version 0 while none has come."""

    person = models.OneToOneField(KnownPerson, models.CASCADE, primary_key=True, related_name="profile")
    # When this version reached us, or was confirmed by a card of the same version.
    received_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    # Their name is already another person's here, so they are shown under the name of their account.
    name_taken = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"profile of {self.person_id}, version {self.version}"


class OwnStatus(models.Model):
    """What the member wants others to see of how they are. One row."""

    # A state that was chosen, or nothing: online, or idle when no page sees any input.
    choice = models.CharField(max_length=10, blank=True)
    text = models.CharField(max_length=MAX_LINE, blank=True)
    until = models.DateTimeField(null=True)
    hidden = models.BooleanField(default=False)
    idle = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"our status: {self.choice or ('idle' if self.idle else 'online')}"


class StatusTold(models.Model):
    """What a device was told last of how the member is, encoded."""

    peer = models.OneToOneField(PeerDevice, models.CASCADE, primary_key=True, related_name="status_told")
    body = models.BinaryField(default=bytes)

    def __str__(self) -> str:
        return f"told {self.peer_id}"


class Status(models.Model):
    """How another person is, by their own last word."""

    person = models.OneToOneField(KnownPerson, models.CASCADE, primary_key=True, related_name="status")
    state = models.CharField(max_length=10, blank=True)
    text = models.CharField(max_length=MAX_LINE, blank=True)
    until = models.DateTimeField(null=True)
    # The hybrid logical clock of that word: an older one changes nothing.
    clock = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"status of {self.person_id}"
