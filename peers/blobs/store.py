"""Ciphertext on the disk: a file a blob under PEERNET_HOME/blobs, a place a chunk, nothing that tells what it is."""

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from peers.blobs.have import holds, with_chunks
from peers.models import Blob
from peers.prepared import Select, Update
from peers.protocol import chunk

# 0600 whatever the umask; never through a link that somebody planted.
NEW = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
OLD = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
# Whoever is brought a file that is larger will not look at all of it now.
LARGE = 32 * 1024 * 1024

# By their numbers.
Chunks = Mapping[int, bytes | memoryview]

_fresh = Select(lambda pk: Blob.objects.filter(pk=pk), Blob.id)
_locked = Select(lambda pk: Blob.objects.select_for_update().filter(pk=pk), Blob.id)
_count = Update(
    lambda have, held, pk: (Blob.objects.filter(pk=pk), {"have": have, "held": held}), Blob.have, Blob.held, Blob.id
)
_claims: set[tuple[int, int]] = set()
_lock = threading.Lock()


class Busy(Exception):
    """Another request is writing this very chunk."""


class Missing(Exception):
    """This part of the file is not on this computer."""


def folder() -> Path:
    """Return where blobs are kept, made if need be."""
    path = settings.PEERNET_HOME / "blobs"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(blob: Blob) -> Path:
    """Return the file of a blob; two letters a folder, so that none grows large."""
    return folder() / blob.name[:2] / blob.name


def chunks_of(blob: Blob) -> int:
    """Return how many chunks a blob has."""
    return chunk.count(blob.size)


def is_whole(blob: Blob) -> bool:
    """Tell whether every chunk is there."""
    return blob.held == chunks_of(blob)


def write(blob: Blob, chunks: Chunks, *, is_read_soon: bool = True) -> tuple[Blob, list[int]]:
    """Store sealed chunks, and return the blob as it is then, and which of them are new.

    They count once they are on the disk, and not before; what is held already stays as it is. Raises `Busy`, and
    `OSError` when the disk does not take them. Those of a large file that nobody reads soon leave the memory.
    """
    with claim(blob.pk, *chunks):
        fresh = _one(_fresh, blob.pk)
        held = bytes(fresh.have)
        new = {index: sealed for index, sealed in chunks.items() if not holds(held, index)}
        if not new:
            return fresh, []
        _put(fresh, new, is_read_soon or blob.size <= LARGE)
        return _note(fresh.pk, list(new)), list(new)


@contextlib.contextmanager
def claim(pk: int, *indexes: int) -> Iterator[None]:
    """Have chunks to oneself, or with -1 the end of a blob. Raises `Busy`."""
    wanted = {(pk, index) for index in indexes}
    with _lock:
        if not _claims.isdisjoint(wanted):
            raise Busy
        _claims.update(wanted)
    try:
        yield
    finally:
        with _lock:
            _claims.difference_update(wanted)


def _put(blob: Blob, chunks: Chunks, stays_in_memory: bool) -> None:
    with os.fdopen(_open(path_of(blob)), "r+b", buffering=0) as file:
        for index, sealed in chunks.items():
            file.seek(index * chunk.SEALED)
            rest = memoryview(sealed)
            while rest:
                rest = rest[file.write(rest) or 0 :]
        os.fsync(file.fileno())
        if not stays_in_memory and hasattr(os, "posix_fadvise"):
            # The system uses the same few pages for the next chunks, and forgets nothing else for a large file.
            first, last = min(chunks), max(chunks)
            os.posix_fadvise(
                file.fileno(), first * chunk.SEALED, (last + 1 - first) * chunk.SEALED, os.POSIX_FADV_DONTNEED
            )


def _open(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return os.open(path, OLD)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        handle = os.open(path, NEW, 0o600)
    except FileExistsError:  # another chunk of it was first
        return os.open(path, OLD)
    _sync(path.parent)
    _sync(path.parent.parent)
    return handle


def _sync(directory: Path) -> None:
    if os.name != "posix":
        return  # Windows cannot open a folder
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@transaction.atomic
def _note(pk: int, indexes: Sequence[int]) -> Blob:
    blob = _one(_locked, pk)
    blob.have, blob.held = with_chunks(bytes(blob.have), indexes), blob.held + len(indexes)
    _count(blob.have, blob.held, pk)
    return blob


def _one(select: Select[Blob], pk: int) -> Blob:
    blob = select.first(pk)
    if blob is None:
        raise Blob.DoesNotExist
    return blob


def read(blob: Blob, first: int, many: int = 1) -> bytes:
    """Return stored neighbours, sealed, one behind the other. Raises `Missing`."""
    length = sum(chunk.sealed_length(blob.size, index) for index in range(first, first + many))
    try:
        with path_of(blob).open("rb", buffering=0) as file:
            file.seek(first * chunk.SEALED)
            sealed = file.read(length)
    except FileNotFoundError as err:
        raise Missing from err
    if len(sealed) != length:
        raise Missing
    return sealed


def written_at(blob: Blob) -> datetime | None:
    """Return when the last chunk was written, or None if there is none yet."""
    try:
        return datetime.fromtimestamp(path_of(blob).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


@receiver(post_delete, sender=Blob)
def remove(instance: Blob, **_: Any) -> None:
    """Remove the file of a blob once its row is gone."""
    path = path_of(instance)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def sweep() -> int:
    """Remove files that no row knows, which a crash may leave, and return how many those were."""
    # The files first: a row is always there before its file.
    found = {path.name: path for path in folder().glob("??/*")}
    names = sorted(found)
    known: set[str] = set()
    for start in range(0, len(names), 500):
        known |= set(Blob.objects.filter(name__in=names[start : start + 500]).values_list("name", flat=True))
    for name in found.keys() - known:
        found[name].unlink(missing_ok=True)
    return len(found.keys() - known)
