"""The first call to an address of which nothing is known yet but a key that signs what it answers."""

from peers.transport.errors import BadAnswer
from peers.transport.pinned import MAX_ANSWER, TOTAL_SECONDS, PinnedSession


class UnpinnedSession(PinnedSession):
    """One destination whose certificate is taken as it comes."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port, None)

    @property
    def seen(self) -> bytes | None:
        """The SHA-256 of the certificate that was met."""
        return self._pool.seen


def first_contact(
    host: str, port: int, path: str, total: float = TOTAL_SECONDS, limit: int = MAX_ANSWER
) -> tuple[bytes, bytes]:
    """Return what is answered, and the SHA-256 of the certificate met: the caller judges both. Sends no secret.

    Raises `TransportError`.
    """
    session = UnpinnedSession(host, port)
    try:
        body = session.get(path, total, limit=limit)
    finally:
        session.close()
    if session.seen is None:
        raise BadAnswer("no certificate")
    return body, session.seen
