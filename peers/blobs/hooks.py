"""The way up for files: what the rooms that know their keys connect to."""

from collections.abc import Callable

from django.dispatch import Signal

from peers.models import Blob

Stored = Callable[[], None]
ChunkCheck = Callable[[Blob, int, bytes], Stored]

# Sent outside of transactions when every chunk of an incoming blob is on the disk, with `transfer`; maybe repeatedly.
blob_arrived = Signal()
# Sent outside of transactions while a blob moves, with `transfer`, and `held`: how many chunks the receiver has.
transfer_moved = Signal()
# Sent in the transaction in which an outgoing transfer is refused for good, with `transfer`; its `reason` says why.
transfer_refused = Signal()

_chunk_checks: list[ChunkCheck] = []


def checks_chunks(check: ChunkCheck) -> ChunkCheck:
    """Connect what can tell a file's chunk from other bytes: it raises `ProtocolError`, or returns what is called once
    the chunk is on the disk."""
    _chunk_checks.append(check)
    return check


def check_chunk(blob: Blob, index: int, sealed: bytes) -> Stored:
    """Return what to call when this chunk is stored. Raises `ProtocolError` unless it is a genuine one."""
    after = [check(blob, index, sealed) for check in _chunk_checks]

    def stored() -> None:
        for call in after:
            call()

    return stored
