"""The login server's directory: every device with its card, and whether it is there."""

from django.db import models

from accounts.models import PersonDevice


class DirectoryEntry(models.Model):
    """What nodes are told about one device. Every visible change takes the next number of the whole directory."""

    device = models.OneToOneField(PersonDevice, on_delete=models.CASCADE, related_name="entry")
    card = models.BinaryField(default=bytes)
    card_version = models.BigIntegerField(default=0)
    online = models.BooleanField(default=False, db_index=True)
    last_seen = models.DateTimeField(null=True)
    change = models.BigIntegerField(unique=True)

    class Meta:
        verbose_name = "presence entry"
        verbose_name_plural = "presence entries"
        ordering = ("device__person__name_key", "pk")

    def __str__(self) -> str:
        return f"{self.device}: {'online' if self.online else 'offline'}"


class ChangeCounter(models.Model):
    """The last number given to a change. One row, whose lock makes the numbers visible in their order."""

    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"change {self.last}"
