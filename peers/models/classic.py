"""What is kept for the classic network."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from peers.models.people import KnownPerson


class ClassicReport(models.Model):
    """Where a person's classic client said that it is, at the login server. Nothing in it is proven."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="classic_report")
    location = models.CharField(max_length=1)
    ip = models.CharField(max_length=45)
    port = models.PositiveIntegerField()
    public_key = models.TextField(blank=True)
    reported_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.person} at {self.ip}:{self.port}"


class ClassicKey(models.Model):
    """Our own RSA key for the classic network, which nothing else uses. One a year of the protocol."""

    year = models.PositiveIntegerField(unique=True)
    secret = models.BinaryField()

    def __str__(self) -> str:
        return f"classic key of {self.year}"


class ClassicPerson(models.Model):
    """Somebody of the classic network: a name, and where a list says that it is. Anybody can write under it."""

    person = models.OneToOneField(KnownPerson, models.CASCADE, related_name="classic")
    user_name = models.CharField(max_length=150, unique=True)
    # As the list says. No address: not listed yet, so nobody to dial.
    ip = models.CharField(max_length=45, blank=True)
    port = models.PositiveIntegerField(default=0)
    location = models.CharField(max_length=1, blank=True)
    public_key = models.TextField(blank=True)
    listed_at = models.DateTimeField(null=True)
    # What their node said that it can do, and which encryption is used with it; forgotten when the address changes.
    calls = models.TextField(blank=True)
    encryption = models.PositiveSmallIntegerField(null=True)
    # For what is too long for standard 3.
    weaker = models.PositiveSmallIntegerField(default=0)
    hashing = models.PositiveSmallIntegerField(default=0)
    agreed_at = models.DateTimeField(null=True)
    # When their node was asked last who they are and how they are.
    asked_at = models.DateTimeField(null=True)
    # Which process hands letters over now, so that no two do.
    leased_by = models.CharField(max_length=64, blank=True)
    leased_until = models.DateTimeField(null=True)
    blocked = models.BooleanField(default=False)

    class Meta:
        verbose_name = "classic person"
        verbose_name_plural = "classic people"
        ordering = ("user_name",)

    def __str__(self) -> str:
        return self.user_name


class ClassicLetter(models.Model):
    """A message of the classic network, ours on its way out or theirs that arrived."""

    class State(models.TextChoices):
        # Ours to be sent; theirs, to be acknowledged.
        WAITING = "waiting"
        # Their node took it and has not acknowledged it.
        HANDED = "handed"
        DELIVERED = "delivered"
        FAILED = "failed"

    class Kind(models.TextChoices):
        WORDS = "words"
        # Its bytes are with the room above, which gives them out by the letter's id.
        FILE = "file"
        # An invitation to an event (2017); ours: the answer to one, never shown as a message.
        EVENT = "event"
        ANSWER = "answer"
        # Ours: the wish that a message, whose letter `about` names, goes away on both sides.
        DELETION = "deletion"

    person = models.ForeignKey(ClassicPerson, models.CASCADE, related_name="letters", db_index=False)
    payload_id = models.BinaryField(max_length=16, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.WORDS)
    mine = models.BooleanField()
    # The literal text: hashes and acknowledgements go by it.
    stamp = models.CharField(max_length=48)
    encryption = models.PositiveSmallIntegerField(default=0)
    hashing = models.PositiveSmallIntegerField(default=0)
    hash = models.CharField(max_length=400, blank=True)
    # Words, kept until they are acknowledged, for what is acknowledged is a hash of them.
    body = models.TextField(blank=True)
    state = models.CharField(max_length=16, choices=State.choices)
    about = models.BinaryField(max_length=16, default=bytes)
    # Of words that arrived, as they came: what is deleted later goes on counting.
    size = models.PositiveIntegerField(default=0)
    # How many other programs keep a copy of ours until the person is back.
    left_with = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["person", "state", "id"], name="classic_letters_in_order")]

    def __str__(self) -> str:
        return f"classic letter {'to' if self.mine else 'from'} {self.person}: {self.state}"


class ClassicBlock(models.Model):
    """A name that is not let in. At the login server: by an admin, for everybody; nodes keep a copy of these."""

    name = models.CharField("user name", max_length=150, unique=True)
    why = models.CharField("reason", max_length=200, blank=True)
    # At a node: from the login server; and by the member, who may have blocked the same name.
    by_admin = models.BooleanField(default=True, editable=False)
    by_member = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField("blocked since", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "blocked classic name"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ClassicHeld(models.Model):
    """A body that somebody left here for a classic person who is away, as it came; given out when they ask."""

    digest = models.BinaryField(max_length=32, unique=True)
    sender = models.CharField(max_length=150, db_index=True)
    destination = models.CharField(max_length=150, db_index=True)
    # The call by which it came, and will be pushed.
    path = models.CharField(max_length=32, default="/receiveMessage")
    body = models.BinaryField()
    size = models.PositiveIntegerField()
    # Whether the destination asked for it since.
    wanted = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"held for {self.destination}"
