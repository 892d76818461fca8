"""Why somebody does not get in. The docstring is what we tell the person."""


class SignInError(Exception):
    """You could not be signed in."""

    status = 403

    @property
    def sentence(self) -> str:
        """What we tell the person."""
        return str(self) or type(self).__doc__ or ""


class WrongProof(SignInError):
    """The name, the password or the code is wrong. A code works once, and for 30 seconds: try the next one."""

    status = 401


class ServerAway(SignInError):
    """The login server cannot be reached, so nobody can be signed in just now. Try again in a few minutes."""

    status = 503


class NotPrepared(SignInError):
    """This node was never started, so it has no keys yet. Run manage.py runnode, and open the pages that it names."""

    status = 503


class NotHere(SignInError):
    """This computer belongs to another person's account. Sign in on your own computer, or ask your admin for help."""


class OtherDevice(SignInError):
    """Your account already uses another device. Use that one, or ask your admin to release it for this computer."""


class NotCertified(SignInError):
    """The login server does not accept this computer for your account. Ask your admin; nothing was changed."""


class NoLoginServer(SignInError):
    """This computer does not know its login server yet. Open it with your invitation first."""


class BadLink(SignInError):
    """This is not the whole link. Copy all of it, from http to the end, and paste it again."""

    status = 422


class NothingToJudge(SignInError):
    """These keys have changed again, or were already decided about. Look at the person once more before you decide."""

    status = 409


class NothingWasSent(SignInError):
    """You have been signed off meanwhile, so nothing was sent. Go back, copy what you wrote, and sign in again."""


class CodeNeeded(SignInError):
    """You are signed in with your password only, because the login server was away. Sign in with your code for this."""


class Refusal(SignInError):
    """The login server refused this."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
