"""A kept-open HTTPS connection that trusts one certificate and nothing else."""

from peers.transport.calls import MAX_ANSWER, TOTAL_SECONDS, Calls
from peers.transport.tls import PinnedPool

__all__ = ["MAX_ANSWER", "TOTAL_SECONDS", "PinnedSession"]


class PinnedSession(Calls):
    """One destination: `host` is a literal address or a name from the owner's own signed card.

    Not safe for two threads at once, but for `abort`; each courier keeps its own.
    """

    def __init__(self, host: str, port: int, fingerprint: bytes | None) -> None:
        self.host = host
        self._pool: PinnedPool = PinnedPool(host, port, fingerprint)

    def abort(self) -> None:
        """From any thread: end the call that is under way, and let no other begin."""
        self._pool.abort()
