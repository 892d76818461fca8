"""Why words are not sent. The docstring is what we tell the person."""


class MessagingError(Exception):
    """That did not work. Nothing was sent."""

    @property
    def sentence(self) -> str:
        """What happened and what to do, for the page."""
        return str(self) or (type(self).__doc__ or "")


class EmptyText(MessagingError):
    """There is nothing to send yet. Write something first."""


class TextTooLong(MessagingError):
    """This message is too long to send. Shorten it, or send it in parts."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"This message is too long to send: {size:,} bytes, and {limit:,} is the most. "
            "Shorten it, or send it in parts."
        )


class UnsendableCharacter(MessagingError):
    """This message holds an invisible character that cannot be sent. Type the words again instead of pasting them."""


class CannotWriteTo(MessagingError):
    """This person cannot be written to now. Nothing was sent."""


class KeyReused(MessagingError):
    """This page sent other words under the same mark before. Reload the page and send again."""


class NotFailed(MessagingError):
    """This message did not fail, so there is nothing to try again or to remove."""


class NotWaiting(MessagingError):
    """This message is no longer waiting, so it cannot be taken back."""


class StillWaiting(MessagingError):
    """This message is still on its way. Take it back first, and delete it then."""
