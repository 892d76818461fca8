"""People, how they are invited, and what proves who they are."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac
from django_otp.models import Device, ThrottlingMixin

from accounts.looks import looks
from accounts.names import clean_name, name_key


def random_salt() -> str:
    return get_random_string(32)


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(name_key=name_key(username or ""))


class Person(AbstractBaseUser):
    """An account at the login server."""

    class Role(models.TextChoices):
        PERSON = "person"
        ADMIN = "admin"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user_name = models.CharField(max_length=64, unique=True)
    # Alice, alice and ALICE are one person; this is what they have in common.
    name_key = models.CharField(max_length=256, unique=True, editable=False)
    # How the name looks, in small letters and in capitals. Empty only where two looked alike before this was asked.
    look = models.CharField(max_length=512, blank=True, editable=False)
    capital_look = models.CharField(max_length=512, blank=True, editable=False)
    display_name = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.PERSON)
    is_active = models.BooleanField(default=False)
    # Part of every session's hash: changing it ends them all.
    session_salt = models.CharField(max_length=32, default=random_salt, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # Which device proved them, once one did: django-otp looks for it here.
    otp_device: Device | None

    objects: ClassVar[PersonManager] = PersonManager()
    USERNAME_FIELD = "user_name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name_plural = "people"
        ordering = ("name_key",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["look"], condition=~Q(look=""), name="one_look"),
            models.UniqueConstraint(fields=["capital_look"], condition=~Q(capital_look=""), name="one_capital_look"),
        ]

    def __str__(self) -> str:
        return self.user_name

    def save(self, *args, **kwargs) -> None:
        self.user_name = clean_name(self.user_name)
        self.name_key = name_key(self.user_name)
        if self._state.adding:
            self.look, self.capital_look = (look[:512] for look in looks(self.user_name))
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        value = self.password + self.session_salt
        return salted_hmac("accounts.Person.session", value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_staff(self) -> bool:
        return self.is_active and self.role == self.Role.ADMIN

    # The admin asks these. There is one kind of admin, who may do everything shown.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Invitation(models.Model):
    """A link by which a person opens their account once."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    # Chosen at the start, and becomes the account's at the finish.
    pending_password = models.CharField(max_length=256, blank=True, editable=False)
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="invited")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"Invitation for {self.person}"

    def is_open(self, now: datetime) -> bool:
        return self.used_at is None and now < self.expires_at and not self.person.is_active


class BackupDevice(ThrottlingMixin, Device):
    """The set of backup codes of one person, for a lost telephone."""

    def get_throttle_factor(self) -> float:
        return 1

    def verify_token(self, token: str) -> bool:
        # Imported late: the codes need this model.
        from accounts.second_factor import use_backup_code

        return use_backup_code(self, token)


class BackupCode(models.Model):
    """One backup code. Its first group finds it; the rest is hashed."""

    device = models.ForeignKey(BackupDevice, models.CASCADE, related_name="codes")
    selector = models.CharField(max_length=8)
    code_hash = models.CharField(max_length=256)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "selector"], name="one_code_per_selector")]

    def __str__(self) -> str:
        return f"Backup code of {self.device.user}"


class ApiToken(models.Model):
    """What a node shows to prove that its person signed in."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    device_key = models.CharField(max_length=128, blank=True)
    # What a device must sign to be certified; it counts once.
    nonce = models.BinaryField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Token of {self.person}"


class AuditEntry(models.Model):
    """Something worth knowing later. Written once, never changed."""

    class What(models.TextChoices):
        INVITED = "invited"
        ACCOUNT_OPENED = "account opened"
        SIGNED_IN = "signed in"
        SIGN_IN_REFUSED = "sign-in refused"
        THROTTLED = "throttled"
        SIGNED_OFF = "signed off"
        PASSWORD_CHANGED = "password changed"  # noqa: S105
        TOTP_RENEWED = "second factor renewed"
        BACKUP_CODES_RENEWED = "backup codes renewed"
        DEACTIVATED = "deactivated"
        RELEASED = "released for a new computer"
        DEVICE_CERTIFIED = "device certified"
        DEVICE_WITHDRAWN = "device withdrawn"
        STATEMENT_ADDED = "device list extended"
        # On a member's own node.
        KEYS_CHANGED = "keys changed"
        KEYS_ACCEPTED = "new keys accepted"
        KEYS_REFUSED = "new keys refused"
        COMPARED = "safety number compared"
        MARK_TAKEN_BACK = "comparison taken back"
        PERSON_CHANGED = "name or role changed"
        APP_PASSWORD_MADE = "app password made"  # noqa: S105
        APP_PASSWORD_REVOKED = "app password revoked"  # noqa: S105
        CLASSIC_BLOCKED = "classic name blocked"
        CLASSIC_UNBLOCKED = "classic name let in again"

    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="did")
    what = models.CharField(max_length=30, choices=What.choices)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    address = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = "audit log entry"
        verbose_name_plural = "audit log entries"
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.what}"


class ServerKey(models.Model):
    """The key with which this login server signs. There is one, and nodes pin it."""

    secret = models.BinaryField(editable=False)
    # The card that names the TLS certificate; its version grows when the certificate changes.
    card = models.BinaryField(default=bytes, editable=False)
    card_version = models.BigIntegerField(default=0)
    tls_fingerprint = models.BinaryField(max_length=32, default=bytes, editable=False)

    def __str__(self) -> str:
        return "The login server's signing key"


class PersonDevice(models.Model):
    """A device whose key was proven to us, and its latest certificate. A withdrawn one stays withdrawn."""

    key = models.BinaryField(max_length=32, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="devices")
    certificate = models.BinaryField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    # Numbered without a gap, so that a node sees when one was kept from it.
    withdrawal_number = models.PositiveBigIntegerField(null=True, unique=True)
    withdrawal = models.BinaryField(null=True)

    class Meta:
        verbose_name = "device"
        verbose_name_plural = "devices"

    def __str__(self) -> str:
        return f"Device {self.short_key} of {self.person}"

    @property
    def short_key(self) -> str:
        """The beginning of the key, as people read it to each other."""
        return bytes(self.key).hex()[:8]


class DeviceStatement(models.Model):
    """One link of a person's list of devices, as one of their own devices signed it."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="statements")
    number = models.PositiveIntegerField()
    signed = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "number"], name="one_statement_a_number")]
        ordering = ("number",)

    def __str__(self) -> str:
        return f"Statement {self.number} of {self.person}"


class AppPassword(models.Model):
    """A password of its own for one classic program, which cannot send a code. Never the account's.

    A classic client sends a hash of it, over a wire that others may hear; kept is a keyed hash of what it sends.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="app_passwords")
    label = models.CharField(max_length=60)
    check_2017 = models.CharField(max_length=64, editable=False)
    check_2018 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("created_at",)

    def __str__(self) -> str:
        return f"App password of {self.person}: {self.label}"
