"""What can go wrong with an account. The docstring is what we tell the person."""


class AccountError(Exception):
    """That did not work."""

    code = "refused"
    status = 400

    @property
    def sentence(self) -> str:
        return str(self) or (type(self).__doc__ or "")


class BadName(AccountError):
    """Use letters, digits, dots, dashes and underscores for the name, 64 at most."""

    code = "bad-name"
    status = 422


class NameTaken(AccountError):
    """Somebody already has this name, or one that looks like it. Choose another."""

    code = "name-taken"
    status = 422


class BadPassword(AccountError):
    """Choose another password."""

    code = "bad-password"
    status = 422


class SignInRefused(AccountError):
    """The name, the password or the code is wrong."""

    code = "sign-in-refused"
    status = 401


class NotSignedIn(AccountError):
    """Sign in first."""

    code = "not-signed-in"
    status = 401


class InvitationRefused(AccountError):
    """This invitation is not valid, was used already, or has expired."""

    code = "invitation-refused"
    status = 403


class NotOpen(AccountError):
    """This account is not open. Invite the person again: with the invitation any computer will do."""

    code = "not-open"
    status = 409


class CodeRefused(AccountError):
    """The code is wrong. Wait for the next one and try again."""

    code = "code-refused"
    status = 403


class TooManyTries(AccountError):
    """Too many tries. Wait a while."""

    code = "too-many-tries"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class DeviceRefused(AccountError):
    """This device cannot be certified for you."""

    code = "device-refused"
    status = 403


class StatementRefused(AccountError):
    """This does not go on from the list of devices that is kept here. Read the list and try again."""

    code = "statement-refused"
    status = 409


class TooManyAppPasswords(AccountError):
    """You have five app passwords already. Revoke one that no program uses any more, then make another."""

    code = "too-many-app-passwords"
    status = 422


class AppPasswordRefused(AccountError):
    """There is no such app password. It may be revoked already."""

    code = "no-such-app-password"
    status = 404
