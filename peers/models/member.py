"""The member whose node this is, as far as signing in goes."""

from django_otp.models import Device


class LoginServerDevice(Device):
    """The second factor of a node: the login server judges the code, so that `is_verified()` means the same here."""

    # The password that was typed with the code; the login server takes only both together. Never stored.
    password: str = ""

    def verify_token(self, token: str) -> bool:
        """Ask the login server. Raises `peers.member.errors.SignInError` when it cannot be asked."""
        from peers.member.sign_in import is_confirmed

        return is_confirmed(self, token)
