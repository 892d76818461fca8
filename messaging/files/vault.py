"""The bytes of files: sealed as they come, opened as they are read, a chunk at a time and never on the disk."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from messaging.files.models import Attachment
from peers.blobs import store
from peers.models import Blob
from peers.protocol import chunk
from peers.protocol.errors import CannotOpen

# Files that arrive at the same time and are hashed on the way; any other is hashed from the disk at its end.
HASHED_ON_THE_WAY = 8
# How far one connection may be ahead of the other.
EARLY = 8


class Unreadable(Exception):
    """The bytes on this computer's disk are not those that were stored."""


def is_last(size: int, index: int) -> bool:
    """Tell whether this is the last chunk of a file."""
    return index + 1 == chunk.count(size)


def put(attachment: Attachment, index: int, plaintext: bytes) -> Blob:
    """Seal and store a chunk. It counts once it is on the disk."""
    sealed = chunk.seal_chunk(bytes(attachment.key), index, is_last(attachment.size, index), plaintext)
    blob = store.write(attachment.blob, index, sealed)
    hashes.add(blob, index, plaintext)
    return blob


def get(attachment: Attachment, index: int) -> bytes:
    """Return a chunk's plaintext. Raises `Unreadable`."""
    if attachment.blob is None:
        raise Unreadable
    try:
        sealed = store.read(attachment.blob, index)
        return chunk.open_chunk(bytes(attachment.key), index, is_last(attachment.size, index), sealed)
    except (store.Missing, CannotOpen) as err:
        raise Unreadable from err


def between(attachment: Attachment, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes from `start` up to `stop`, in parts of at most a chunk. Raises `Unreadable`."""
    while start < stop:
        index, at = divmod(start, chunk.CHUNK)
        part = get(attachment, index)[at : at + stop - start]
        yield part
        start += len(part)


def head(attachment: Attachment, length: int) -> bytes:
    """Return the first bytes of a file."""
    return get(attachment, 0)[:length]


def whole(attachment: Attachment) -> bytes:
    """Return a file that is known to be small."""
    return b"".join(between(attachment, 0, attachment.size))


class Hashes:
    """Running SHA-256 sums of files whose chunks come in order; whatever is lacking at the end is read again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._early: dict[str, dict[int, bytes]] = {}

    def add(self, blob: Blob, index: int, plaintext: bytes) -> None:
        """Take in a chunk that has just been stored."""
        with self._lock:
            at, sha = self._running.pop(blob.name, None) or (0, hashlib.sha256())
            early = self._early.setdefault(blob.name, {})
            # Two connections bring chunks nearly in order: the few that overtook wait for their turn.
            if at <= index < at + EARLY:
                early[index] = plaintext
            while at in early:
                sha.update(early.pop(at))
                at += 1
            self._running[blob.name] = (at, sha)
            while len(self._running) > HASHED_ON_THE_WAY:
                name, _ = self._running.popitem(last=False)
                self._early.pop(name, None)

    def finish(self, attachment: Attachment) -> bytes:
        """Return the SHA-256 of a whole file. Raises `Unreadable`."""
        with self._lock:
            at, sha = self._running.pop(attachment.blob.name, None) or (0, hashlib.sha256())
            self._early.pop(attachment.blob.name, None)
        for index in range(at, attachment.chunks):
            sha.update(get(attachment, index))
        return sha.digest()


hashes = Hashes()


def sha256_of(attachment: Attachment) -> bytes:
    """Return the SHA-256 of what is on the disk, read anew. Raises `Unreadable`."""
    return Hashes().finish(attachment)
