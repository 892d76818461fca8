"""What is kept for the classic network."""

from django.conf import settings
from django.db import models


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
