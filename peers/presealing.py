"""Bundles made while their envelopes are being committed, so that a courier finds them ready.

Nothing leaves early: a courier reads what waits after the commit, and takes a bundle from here only if it is of exactly
these envelopes, under the same cards.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from peers import outbox
from peers.models import Delivery, OwnDevice, PeerDevice

# Who sends many has a bundle under way meanwhile, and the next one will be of other envelopes.
MOST = 4

Seal = tuple[object, ...]


class Presealer:
    """The bundles that may be wanted next, at most one for each device."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="presealing")
        self._made: dict[int, tuple[Seal, Future[bytes]]] = {}

    def begin(self, own: OwnDevice, peer: PeerDevice, rows: Sequence[Delivery]) -> None:
        """Make a bundle of what is about to be committed, beside."""
        if len(rows) <= MOST:
            made = self._thread.submit(outbox.make_bundle, own, peer, rows)
            self._made[peer.pk] = _seal(own, peer, rows), made

    def make_bundle(self, own: OwnDevice, peer: PeerDevice, rows: Sequence[Delivery]) -> bytes:
        """Return the bundle of these deliveries: the one that was begun, or a new one."""
        seal, made = self._made.pop(peer.pk, (None, None))
        if made is None or seal != _seal(own, peer, rows):
            return outbox.make_bundle(own, peer, rows)
        return made.result()

    def forget(self) -> None:
        """Drop what was made and not taken."""
        self._made.clear()


def _seal(own: OwnDevice, peer: PeerDevice, rows: Sequence[Delivery]) -> Seal:
    """Return what decides on the contents of a bundle."""
    versions = (own.card_version, bytes(own.certificate or b""), peer.card_version, peer.told_version)
    return *versions, *(bytes(row.digest) for row in rows)
