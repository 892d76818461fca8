"""Why a profile is not changed. The docstring is what we tell the person."""


class ProfileError(Exception):
    """That did not work. Nothing was changed."""

    @property
    def sentence(self) -> str:
        """What happened and what to do, for the page."""
        return str(self) or type(self).__doc__ or ""


class BadPicture(ProfileError):
    """This file cannot be used as a picture. Choose a JPEG, PNG or WebP photo of less than 2 MB."""


class PictureTooLarge(BadPicture):
    """This picture has more pixels than can be taken in. Choose a smaller one, or crop it first."""


class NumberChanged(ProfileError):
    """This is no longer the number that you were shown: keys have changed meanwhile. Look again before you compare."""


class NotNow(ProfileError):
    """Both of you must be online to compare emoji, with keys that are not in doubt. Try again when they are here."""


class NoComparison(ProfileError):
    """This comparison has ended meanwhile. Begin another one, with both pages open."""


class NoCode(ProfileError):
    """No safety number was found in this picture. Take it again, so that all of the square is sharp and in it."""


class OtherCode(ProfileError):
    """This is the code of another safety number. Make sure that both of you have each other's page open, and try again.
    If it stays so, somebody may be between you: write nothing confidential here, and tell your admin."""


class NobodyYet(ProfileError):
    """This computer belongs to nobody yet. Sign in first; then you can fill in your profile."""
