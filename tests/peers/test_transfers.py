"""Chunks at the peers' door: what is taken, what is refused, and that a refusal costs the transfer nothing."""

import os

import pytest
from asgiref.sync import sync_to_async
from django.test import Client, override_settings
from django.utils import timezone

from peers import room, views, wakes
from peers.blobs import door, have, hooks, store, transfers
from peers.models import Blob
from peers.protocol import chunk
from peers.protocol.codec import decode
from peers.protocol.errors import Malformed
from peers.protocol.transfer import Standing, Wish
from tests.home import move

SIZE = chunk.CHUNK + 5
ID = bytes(31) + b"a"
KEY = chunk.new_key()


@pytest.fixture(autouse=True)
def quiet(settings, tmp_path, monkeypatch):
    """A home of one's own, fresh limits, this thread only, and one key to every blob."""
    move(settings, tmp_path)
    settings.PEERNET_DISK_FLOOR = 0
    views.limiter.storage.reset()

    async def here(function, *args):
        return await sync_to_async(function)(*args)

    def check(blob, chunks):
        for index, sealed in chunks.items():
            chunk.open_chunk(KEY, index, index + 1 == store.chunks_of(blob), sealed)
        return lambda new: None

    monkeypatch.setattr(door, "run", here)
    monkeypatch.setattr(hooks, "_chunk_checks", [check])


@pytest.fixture
def parts():
    data = os.urandom(SIZE)
    return [
        chunk.seal_chunk(KEY, 0, False, data[: chunk.CHUNK]),
        chunk.seal_chunk(KEY, 1, True, data[chunk.CHUNK :]),
    ]


@pytest.fixture
def incoming(known_alice):
    return transfers.expect(Blob.objects.create(size=SIZE), known_alice, ID)


@pytest.fixture
def post(bob):
    client = Client(raise_request_exception=False)

    def send(rest="", body=b"", content_type=None, transfer_id=ID, **extra):
        kind = content_type or (door.CHUNK_TYPE if rest else views.CONTENT_TYPE)
        extra.setdefault("CONTENT_TYPE", kind)
        path = f"/peernet/1/transfers/{transfer_id.hex()}{rest}"
        return client.generic("POST", path, body, content_type=kind, **extra)

    with override_settings(ROOT_URLCONF="peers.urls"):
        yield send


def wish(response):
    assert response.status_code == 200, response.content
    return decode(Standing, response.content).wish


def test_a_file_comes_chunk_by_chunk_in_any_order(post, incoming, parts):
    assert decode(Standing, post().content) == Standing(Wish.WANTED, b"")
    assert wish(post("/1", parts[1])) is Wish.WANTED
    assert have.missing(decode(Standing, post().content).have, range(2)) == [0]
    assert wish(post("/0", parts[0])) is Wish.WANTED
    blob = Blob.objects.get()
    assert store.is_whole(blob)
    assert [store.read(blob, index) for index in (0, 1)] == parts


def test_neighbours_come_together(post, incoming, parts):
    assert wish(post("/0", b"".join(parts))) is Wish.WANTED
    assert [store.read(Blob.objects.get(), index) for index in (0, 1)] == parts


def test_of_neighbours_those_that_are_held_stay_as_they_are(post, incoming, parts):
    post("/1", parts[1])
    other = chunk.seal_chunk(KEY, 1, True, b"other")
    assert wish(post("/0", parts[0] + other)) is Wish.WANTED
    assert [store.read(Blob.objects.get(), index) for index in (0, 1)] == parts


@pytest.mark.parametrize("how", [lambda parts: parts[0] + parts[1][:-1], lambda parts: parts[0] + bytes(33)])
def test_one_wrong_chunk_among_neighbours_stores_none(post, incoming, parts, how):
    assert post("/0", how(parts)).status_code == 422
    assert Blob.objects.get().held == 0


def test_more_neighbours_than_a_request_carries_are_no_request():
    with pytest.raises(Malformed):
        chunk.split(9 * chunk.CHUNK, 0, bytes((chunk.RUN + 1) * chunk.CHUNK), around=0)


def test_the_last_chunk_wakes_whoever_verifies_the_file(post, incoming, parts):
    heard = []
    wakes.file_is_whole.connect(lambda transfer, **_: heard.append(transfer.pk), weak=False, dispatch_uid="test")
    post("/0", parts[0])
    assert heard == []
    post("/1", parts[1])
    wakes.file_is_whole.disconnect(dispatch_uid="test")
    assert heard == [incoming.pk]


def test_a_chunk_that_was_never_offered_is_refused_as_everything_unknown_is(post, incoming, parts):
    guessed = post("/0", parts[0], transfer_id=bytes(32))
    assert (guessed.status_code, guessed.content) == (404, b"nothing")
    assert post(transfer_id=bytes(32)).content == b"nothing"
    assert Blob.objects.get().held == 0


def test_another_persons_transfer_opens_nothing_for_whoever_is_no_longer_pinned(post, incoming, known_alice, parts):
    known_alice.pinned = False
    known_alice.save()
    assert post("/0", parts[0]).status_code == 404
    known_alice.pinned, known_alice.withdrawn_at = True, timezone.now()
    known_alice.save()
    assert post("/0", parts[0]).status_code == 404


def test_what_we_send_cannot_be_written_to(post, known_alice, parts):
    transfers.offer(Blob.objects.create(size=SIZE), [known_alice], ID)
    assert post("/0", parts[0]).status_code == 404


@pytest.mark.parametrize("index", ["/2", "/9999999"])
def test_an_index_beyond_the_file_is_refused(post, incoming, parts, index):
    assert post(index, parts[0]).status_code == 422


@pytest.mark.parametrize("index", ["/00", "/-1", "/1e1", "/٣", "/12345678", "/0x1"])
def test_an_index_is_written_in_one_way(post, incoming, parts, index):
    assert post(index, parts[0]).status_code == 404


def test_a_chunk_of_another_size_is_refused(post, incoming, parts):
    assert post("/0", parts[0][:-1]).status_code == 422
    assert post("/1", parts[1] + b"x").status_code == 422
    assert post("/0", b"").status_code == 422


def test_a_chunk_that_was_changed_or_belongs_elsewhere_is_refused_and_the_true_one_still_counts(post, incoming, parts):
    changed = bytearray(parts[0])
    changed[500] ^= 1
    assert post("/0", bytes(changed)).status_code == 422
    swapped = chunk.seal_chunk(KEY, 1, False, bytes(chunk.CHUNK))
    assert post("/0", swapped).status_code == 422
    assert Blob.objects.get().held == 0
    assert wish(post("/0", parts[0])) is Wish.WANTED


def test_a_chunk_again_is_harmless(post, incoming, parts):
    post("/0", parts[0])
    assert wish(post("/0", parts[0])) is Wish.WANTED
    other = chunk.seal_chunk(KEY, 0, False, bytes(chunk.CHUNK))
    assert wish(post("/0", other)) is Wish.WANTED
    assert store.read(Blob.objects.get(), 0) == parts[0]


def test_after_the_end_nothing_is_written(post, incoming, parts):
    transfers.close(incoming, Wish.COMPLETE)
    assert wish(post("/0", parts[0])) is Wish.COMPLETE
    assert wish(post()) is Wish.COMPLETE
    assert Blob.objects.get().held == 0


@pytest.mark.parametrize(("limit", "quota", "said"), [(SIZE - 1, 10 * SIZE, "too-large"), (SIZE, SIZE - 1, "quota")])
def test_more_than_the_limits_is_refused_with_the_reason(post, known_alice, settings, parts, limit, quota, said):
    settings.PEERNET_FILE_LIMIT, settings.PEERNET_PEER_QUOTA = limit, quota
    transfers.expect(Blob.objects.create(size=SIZE), known_alice, ID)
    assert wish(post()) is Wish(said)
    assert wish(post("/0", parts[0])) is Wish(said)
    assert not list(store.folder().rglob("*/*"))


def test_the_quota_counts_all_that_was_agreed_to(known_alice, settings):
    settings.PEERNET_PEER_QUOTA = 2 * SIZE
    states = [
        transfers.expect(Blob.objects.create(size=SIZE), known_alice, bytes([number]) * 32).state for number in range(3)
    ]
    assert states == ["moving", "moving", "refused"]


def test_a_full_disk_is_said_and_the_file_goes_on_when_there_is_room(post, incoming, parts, monkeypatch):
    free = {"room": 10}
    monkeypatch.setattr(room, "room", lambda: free["room"])
    assert wish(post()) is Wish.NO_ROOM
    assert wish(post("/0", parts[0])) is Wish.NO_ROOM
    free["room"] = 10 * SIZE
    assert wish(post()) is Wish.WANTED
    assert wish(post("/0", parts[0])) is Wish.WANTED


def test_a_disk_that_fills_up_in_the_middle_loses_nothing(post, incoming, parts, monkeypatch):
    write = store._put

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_put", full)
    assert wish(post("/0", parts[0])) is Wish.NO_ROOM
    monkeypatch.setattr(store, "_put", write)
    assert wish(post("/0", parts[0])) is Wish.WANTED


def test_a_file_that_was_deleted_here_is_gone(post, incoming, parts):
    transfers.stop(ID)
    incoming.blob.delete()
    assert wish(post()) is Wish.GONE
    assert wish(post("/0", parts[0])) is Wish.GONE


@pytest.mark.parametrize("kind", ["application/x-peernet", "text/plain", "application/octet-stream; charset=utf-7"])
def test_another_content_type_is_refused(post, incoming, parts, kind):
    assert post("/0", parts[0], content_type=kind).status_code == 415


def test_an_oversized_body_is_refused(post, incoming):
    assert post("/0", bytes(door.LARGEST + 1)).status_code == 413
    assert post("", b"x").status_code == 413


@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
def test_no_other_method_is_served(bob, incoming, method):
    with override_settings(ROOT_URLCONF="peers.urls"):
        assert getattr(Client(), method)(f"/peernet/1/transfers/{ID.hex()}/0").status_code == 405


def test_whoever_is_refused_too_often_waits(post, incoming, parts):
    for _ in range(views.REFUSALS_PER_ADDRESS.amount):
        post("/7", parts[0], REMOTE_ADDR="203.0.113.66")
    assert post("/0", parts[0], REMOTE_ADDR="203.0.113.66").status_code == 429
    assert wish(post("/0", parts[0], REMOTE_ADDR="203.0.113.7")) is Wish.WANTED
