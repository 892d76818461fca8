"""How a device and ours reach each other, as it was seen last."""

from django.db import models

from peers.models.post_office import PeerDevice


class Way(models.Model):
    """What was seen of the way to one device, and of its way to us; a time that only repeats is written seldom."""

    peer = models.OneToOneField(PeerDevice, on_delete=models.CASCADE, related_name="way")
    # We dialled it and got through; and since when we no longer do.
    dialled_at = models.DateTimeField(null=True)
    undialled_since = models.DateTimeField(null=True)
    # It dialled us; and it kept a pull open here.
    reached_at = models.DateTimeField(null=True)
    pulled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "way to a device"
        verbose_name_plural = "ways to devices"

    def __str__(self) -> str:
        return f"way to {self.peer}"
