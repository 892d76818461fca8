"""The member whose node this is, as far as signing in goes."""

from django.contrib.sessions.models import Session
from django.db import models
from django_otp.models import Device


class LoginServerDevice(Device):
    """The second factor of a node: the login server judges the code, so that `is_verified()` means the same here."""

    # The password that was typed with the code; the login server takes only both together. Never stored.
    password: str = ""

    def verify_token(self, token: str) -> bool:
        """Ask the login server. Raises `peers.member.errors.SignInError` when it cannot be asked."""
        from peers.member.sign_in import is_confirmed

        return is_confirmed(self, token)


class SessionUse(models.Model):
    """When one of the member's browsers was used last, and from where. It goes with its session."""

    session = models.OneToOneField(Session, models.CASCADE, primary_key=True, related_name="use")
    at = models.DateTimeField()
    address = models.CharField(max_length=45)

    def __str__(self) -> str:
        return f"used at {self.at:%Y-%m-%d %H:%M}"
