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


class NobodyYet(ProfileError):
    """This computer belongs to nobody yet. Sign in first; then you can fill in your profile."""
