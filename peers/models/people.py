"""Whom this node knows, and the login server that tells about them."""

import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone

from accounts.looks import look_of


class LoginServer(models.Model):
    """The login server of this node: where it is, the key that it is known by, and how far we follow it. One row."""

    address = models.CharField(max_length=261)
    # The Ed25519 key that signs its card, certificates and withdrawals: pinned at the first contact.
    key = models.BinaryField(max_length=32)
    card = models.BinaryField(null=True)
    card_version = models.BigIntegerField(default=0)
    # What the member's last sign-in got. Empty: nobody is signed in, and nobody is reported.
    token = models.CharField(max_length=128, blank=True)
    cursor = models.BigIntegerField(default=0)
    last_withdrawal = models.BigIntegerField(default=0)
    down_since = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.address


class KnownPerson(models.Model):
    """Another person of the network, as the directory and their own list of statements describe them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user_name = models.CharField(max_length=150)
    display_name = models.CharField(max_length=100, blank=True)
    # How both names look, so that somebody of a name that looks alike is noticed.
    look = models.CharField(max_length=512, blank=True, db_index=True, editable=False)
    shown_look = models.CharField(max_length=512, blank=True, db_index=True, editable=False)
    # What they call themselves in their own profile, unless somebody else is known by that name.
    full_name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    online = models.BooleanField(default=False)
    last_seen = models.DateTimeField(null=True)
    # The list of device statements that we trust, encoded; and another that contradicts it, until the member decides.
    statements = models.BinaryField(default=bytes)
    changed_statements = models.BinaryField(null=True)
    # SHA-256 of a list that the member refused: it is not asked about again.
    refused = models.BinaryField(null=True)
    known_since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "known people"

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs) -> None:
        self.look, self.shown_look = look_of(self.user_name), look_of(self.display_name)
        super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        """What people call this person."""
        return self.full_name or self.display_name or self.user_name

    @property
    def key_changed(self) -> bool:
        """Whether sends are stopped until the member accepts or refuses another list of devices."""
        return self.changed_statements is not None

    def seen(self, online: bool, at: datetime | None) -> None:
        """Note what the directory says of this person's presence."""
        self.online, self.last_seen = online, at or self.last_seen


class Newcomer(models.Model):
    """Somebody whom the login server expects, and who has no device yet: a name, and nothing to write to."""

    id = models.UUIDField(primary_key=True, editable=False)
    user_name = models.CharField(max_length=150)
    display_name = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return self.display_name or self.user_name
