"""Why bytes did not get through."""


class TransportError(Exception):
    """The other side could not be reached, or did not answer as a node does."""


class Unreachable(TransportError):
    """Nobody answers at this address in time."""


class WrongFingerprint(TransportError):
    """Somebody else answers at this address: the certificate is not the one in the card."""


class BadAnswer(TransportError):
    """The answer is a redirect, too large, too slow, or no answer of a node."""


class Rejected(TransportError):
    """The other side answered with a refusal. `status` is the HTTP status, `retry_after` its wish in seconds."""

    def __init__(self, status: int, retry_after: int | None = None, answer: bytes = b"") -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after = retry_after
        # At most 4 KiB, as they came.
        self.answer = answer
