"""The way up for files: what the rooms that know their keys connect to."""

from collections.abc import Callable, Mapping, Sequence

from django.dispatch import Signal

from peers.models import Blob

# Called with the numbers of those that are new on the disk.
Stored = Callable[[Sequence[int]], None]
ChunkCheck = Callable[[Blob, Mapping[int, bytes | memoryview]], Stored]

# Sent outside of transactions when every chunk of an incoming blob is on the disk, with `transfer`; maybe repeatedly.
blob_arrived = Signal()
# Sent outside of transactions while a blob moves, with `transfer`, and `held`: how many chunks the receiver has.
transfer_moved = Signal()
# Sent in the transaction in which an outgoing transfer is refused for good, with `transfer`; its `reason` says why.
transfer_refused = Signal()

_chunk_checks: list[ChunkCheck] = []


def checks_chunks(check: ChunkCheck) -> ChunkCheck:
    """Connect what can tell a file's chunks from other bytes: it raises `ProtocolError`, or returns what is called
    once they are on the disk."""
    _chunk_checks.append(check)
    return check


def check_chunks(blob: Blob, chunks: Mapping[int, bytes | memoryview]) -> Stored:
    """Return what to call when these chunks are stored. Raises `ProtocolError` unless all are genuine."""
    after = [check(blob, chunks) for check in _chunk_checks]

    def stored(new: Sequence[int]) -> None:
        for call in after:
            call(new)

    return stored
