"""Ciphertext on the disk."""

import os
import stat

import pytest

from peers import room
from peers.blobs import have, store
from peers.models import Blob
from peers.protocol import chunk
from tests.home import move

SEALED = os.urandom(chunk.NONCE + 5 + chunk.TAG)


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    move(settings, tmp_path)
    return tmp_path


@pytest.fixture
def blob(db):
    return Blob.objects.create(size=5)


def test_a_chunk_counts_once_it_is_written(blob):
    after, new = store.write(blob, {0: SEALED})
    assert (store.is_whole(after), store.read(after, 0), new) == (True, SEALED, [0])


def test_a_chunk_that_is_held_stays_as_it_is(blob):
    store.write(blob, {0: SEALED})
    again, new = store.write(blob, {0: bytes(len(SEALED))})
    assert (again.held, store.read(blob, 0), new) == (1, SEALED, [])


def test_it_is_synced_before_it_counts(blob, monkeypatch):
    order = []
    sync, note = os.fsync, store._note
    monkeypatch.setattr(store.os, "fsync", lambda handle: (order.append("synced"), sync(handle))[1])
    monkeypatch.setattr(store, "_note", lambda *args: (order.append("counted"), note(*args))[1])
    store.write(blob, {0: SEALED})
    assert order[-2:] == ["synced", "counted"]


def test_a_disk_that_does_not_take_it_leaves_nothing_counted(blob, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write(blob, {0: SEALED})
    monkeypatch.undo()
    assert Blob.objects.get().held == 0
    assert store.write(blob, {0: SEALED})[1] == [0]


def test_two_requests_do_not_write_one_chunk_at_once(blob):
    with store.claim(blob.pk, 0), pytest.raises(store.Busy):
        store.write(blob, {0: SEALED})
    assert store.write(blob, {0: SEALED})[1] == [0]


def test_names_are_random_and_files_private(blob, home):
    umask = os.umask(0)
    try:
        store.write(blob, {0: SEALED})
    finally:
        os.umask(umask)
    path = store.path_of(blob)
    assert path.is_relative_to(home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_link_that_somebody_planted_is_not_followed(blob, home):
    victim = home / "victim"
    victim.write_bytes(b"precious")
    path = store.path_of(blob)
    path.parent.mkdir()
    path.symlink_to(victim)
    with pytest.raises(OSError, match="symbolic link|exists"):
        store.write(blob, {0: SEALED})
    assert victim.read_bytes() == b"precious"


@pytest.mark.parametrize("content", [None, b"cut"])
def test_a_chunk_that_is_gone_from_the_disk_is_missed(blob, content):
    store.write(blob, {0: SEALED})
    store.path_of(blob).unlink()
    if content is not None:
        store.path_of(blob).write_bytes(content)
    with pytest.raises(store.Missing):
        store.read(blob, 0)


def test_with_the_row_goes_the_file(blob, django_capture_on_commit_callbacks):
    store.write(blob, {0: SEALED})
    path = store.path_of(blob)
    with django_capture_on_commit_callbacks(execute=True):
        blob.delete()
    assert not path.exists()


def test_what_a_crash_left_is_swept_away_and_the_rest_stays(blob):
    store.write(blob, {0: SEALED})
    litter = store.folder() / "ab" / "abandoned"
    litter.parent.mkdir(exist_ok=True)
    litter.write_bytes(b"x")
    assert store.sweep() == 1
    assert (litter.exists(), store.path_of(blob).exists()) == (False, True)


def test_the_list_of_chunks_knows_what_is_missing():
    held = have.with_chunks(have.with_chunks(b"", [9]), [0])
    assert have.missing(held, range(11)) == [1, 2, 3, 4, 5, 6, 7, 8, 10]
    assert not have.holds(held, 4000)


def test_the_last_of_the_disk_is_never_taken(settings, monkeypatch, db):
    settings.PEERNET_DISK_FLOOR, settings.PEERNET_FREE_MIB = 10, 0
    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: type("Disk", (), {"total": 1000, "free": 130}))
    assert room.room() == 30
    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: type("Disk", (), {"total": 1000, "free": 90}))
    assert room.room() == 0


def test_files_leave_what_words_need(settings, monkeypatch, db):
    settings.PEERNET_DISK_FLOOR, settings.PEERNET_FREE_MIB = 1, 2
    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: type("Disk", (), {"total": 1000, "free": 3 * room.MIB}))
    assert room.room() == room.MIB
