"""The bytes of files: sealed as they come, opened as they are read, a chunk at a time and never on the disk."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping

from messaging.files.models import Attachment
from peers.blobs import store
from peers.models import Blob
from peers.protocol import chunk
from peers.protocol.errors import CannotOpen

# Files that arrive at the same time and are hashed on the way; any other is hashed from the disk at its end.
HASHED_ON_THE_WAY = 8
# How many chunks one connection may be ahead of the other.
EARLY = 3 * chunk.RUN


class Unreadable(Exception):
    """The bytes on this computer's disk are not those that were stored."""


def is_last(size: int, index: int) -> bool:
    """Tell whether this is the last chunk of a file."""
    return index + 1 == chunk.count(size)


def put(attachment: Attachment, index: int, plaintext: bytes) -> Blob:
    """Seal and store one chunk. It counts once it is on the disk."""
    return put_all(attachment, {index: plaintext})


def put_all(attachment: Attachment, parts: Mapping[int, bytes | memoryview]) -> Blob:
    """Seal and store chunks. They count once they are on the disk."""
    key, size = bytes(attachment.key), attachment.size
    sealed = {index: chunk.seal_chunk(key, index, is_last(size, index), part) for index, part in parts.items()}
    blob, new = store.write(attachment.blob, sealed)
    hashes.add(blob, {index: parts[index] for index in new})
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


class Running:
    """The SHA-256 of one file so far, and the few chunks that overtook others."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sha, self.next = hashlib.sha256(), 0
        self._early: dict[int, bytes | memoryview] = {}

    def add(self, parts: Mapping[int, bytes | memoryview]) -> None:
        with self.lock:
            self._early.update({index: part for index, part in parts.items() if 0 <= index - self.next < EARLY})
            while self.next in self._early:
                self.sha.update(self._early.pop(self.next))
                self.next += 1


class Hashes:
    """Running sums of files whose chunks come nearly in order; whatever is lacking at the end is read again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: OrderedDict[str, Running] = OrderedDict()

    def add(self, blob: Blob, parts: Mapping[int, bytes | memoryview]) -> None:
        """Take in chunks that have just been stored."""
        with self._lock:
            running = self._running[blob.name] = self._running.pop(blob.name, None) or Running()
            while len(self._running) > HASHED_ON_THE_WAY:
                self._running.popitem(last=False)
        running.add(parts)

    def finish(self, attachment: Attachment) -> bytes:
        """Return the SHA-256 of a whole file. Raises `Unreadable`."""
        with self._lock:
            running = self._running.pop(attachment.blob.name, None) or Running()
        with running.lock:
            for index in range(running.next, attachment.chunks):
                running.sha.update(get(attachment, index))
            return running.sha.digest()


hashes = Hashes()


def sha256_of(attachment: Attachment) -> bytes:
    """Return the SHA-256 of what is on the disk, read anew. Raises `Unreadable`."""
    return Hashes().finish(attachment)
