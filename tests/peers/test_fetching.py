"""Bob cannot be dialled, or Alice cannot: files that are fetched, at the giving door and by the fetcher."""

import os

import pytest
from asgiref.sync import sync_to_async
from django.test import Client, override_settings
from django.utils import timezone

from peers import room, views, ways
from peers.blobs import door, fetcher, hooks, store, transfers
from peers.blobs.have import missing, neighbours, with_chunks
from peers.models import Blob, Transfer
from peers.protocol import chunk
from peers.protocol.codec import decode, encode
from peers.protocol.transfer import Fetch, Wish
from peers.transport.errors import Rejected, Unreachable
from tests.home import move

SIZE = 2 * chunk.CHUNK + 5
ID = bytes(31) + b"f"
KEY = chunk.new_key()


@pytest.fixture(autouse=True)
def quiet(settings, tmp_path, monkeypatch):
    move(settings, tmp_path)
    settings.PEERNET_DISK_FLOOR = 0
    views.limiter.storage.reset()
    ways.forget()

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
    return [chunk.seal_chunk(KEY, index, index == 2, data[index * chunk.CHUNK :][: chunk.CHUNK]) for index in range(3)]


@pytest.fixture
def given(known_alice, parts):
    """A file of Bob's that Alice holds the offer of."""
    blob, _ = store.write(Blob.objects.create(size=SIZE), dict(enumerate(parts)))
    transfers.offer(blob, [known_alice], ID)
    transfers.begin([ID], [known_alice.pk])
    return Transfer.objects.get()


@pytest.fixture
def ask(bob):
    client = Client(raise_request_exception=False)

    def send(body, transfer_id=ID, kind=views.CONTENT_TYPE):
        body = encode(body) if isinstance(body, Fetch) else body
        path = f"/peernet/1/fetches/{transfer_id.hex()}"
        return client.generic("POST", path, body, content_type=kind, CONTENT_TYPE=kind)

    with override_settings(ROOT_URLCONF="peers.urls"):
        yield send


def want(first=0, count=3, have=b"", wish=Wish.WANTED):
    return Fetch(wish, have, first, count)


def test_chunks_are_given_as_they_are_stored_and_the_progress_is_noted(ask, given, parts):
    answer = ask(want(1, 2, have=with_chunks(b"", [0])))
    assert (answer.status_code, answer.content) == (200, parts[1] + parts[2])
    assert Transfer.objects.get().sent == 1


def test_a_guessed_id_opens_nothing(ask, given):
    assert ask(want(), transfer_id=bytes(32)).status_code == 404


@pytest.mark.parametrize("state", ["refused", "stopped", "done"])
def test_what_was_taken_back_or_is_over_is_not_given(ask, given, state):
    Transfer.objects.update(state=state)
    assert ask(want()).status_code == 404


def test_whoever_knows_the_id_need_not_wait_for_the_receipt_of_the_offer(ask, given):
    Transfer.objects.update(state="offered")
    assert ask(want()).status_code == 200


def test_a_stopped_device_gets_nothing(ask, given, known_alice):
    known_alice.withdrawn_at = timezone.now()
    known_alice.save()
    assert ask(want()).status_code == 404


def test_what_comes_to_us_is_not_given(ask, known_alice):
    transfers.expect(Blob.objects.create(size=SIZE), known_alice, ID)
    assert ask(want()).status_code == 404


def test_chunks_beyond_the_file_are_refused(ask, given):
    assert ask(want(2, 2)).status_code == 422
    assert ask(want(3, 1)).status_code == 422


@pytest.mark.parametrize(
    "body", [b"", b"x", encode(Fetch(Wish.WANTED, b"", 0, 1))[:-1] + b"\x05", b"\x94\x01\x02\x03\x04"]
)
def test_what_is_no_question_is_refused(ask, given, body):
    assert ask(body).status_code == 400


def test_a_long_question_and_another_type_are_refused(ask, given):
    assert ask(bytes(300_000)).status_code == 413
    assert ask(want(), kind="text/plain").status_code == 415


def test_a_paused_file_waits(ask, given):
    transfers.pause(ID, True)
    answer = ask(want())
    assert (answer.status_code, answer["Retry-After"]) == (503, "15")


def test_whoever_can_be_dialled_is_brought_the_file(ask, given, known_alice):
    ways.dialled(known_alice.pk)
    assert ask(want()).status_code == 503


def test_a_full_disk_there_is_shown_here(ask, given):
    assert ask(want(0, 0, wish=Wish.NO_ROOM)).content == b""
    assert Transfer.objects.get().reason == "no-room"
    ask(want())
    assert Transfer.objects.get().reason == ""


class AlicesNode:
    """Gives what it is asked for."""

    def __init__(self, parts):
        self.parts, self.asked, self.failures = parts, [], []

    def post(self, peer, body, path, kind, total, limit):
        self.asked.append(fetch := decode(Fetch, body))
        if self.failures:
            raise self.failures.pop(0)
        return b"".join(self.parts[fetch.first : fetch.first + fetch.count])


@pytest.fixture
def incoming(known_alice):
    return transfers.expect(Blob.objects.create(size=SIZE), known_alice, ID)


def fetch_all(node, peer):
    mine = fetcher.Fetcher()
    for _ in range(20):
        if not mine.step(peer.pk, node):
            return
    raise AssertionError("it never ends")


def test_a_file_is_fetched_and_what_is_held_is_not_asked_for(incoming, known_alice, parts):
    store.write(incoming.blob, {1: parts[1]})
    node = AlicesNode(parts)
    fetch_all(node, known_alice)
    assert [store.read(Blob.objects.get(), index) for index in range(3)] == parts
    assert [(each.first, each.count) for each in node.asked] == [(0, 1), (2, 1)]


def test_a_cut_leaves_the_rest_for_the_next_pull(incoming, known_alice, parts):
    node = AlicesNode(parts)
    node.failures = [Unreachable("cut")]
    fetch_all(node, known_alice)
    assert Blob.objects.get().held == 0
    fetch_all(node, known_alice)
    assert store.is_whole(Blob.objects.get())


def test_a_refusal_lets_other_files_go_on(incoming, known_alice, parts):
    other = transfers.expect(Blob.objects.create(size=SIZE), known_alice, bytes(32))
    node = AlicesNode(parts)
    node.failures = [Rejected(404)]
    fetch_all(node, known_alice)
    incoming.blob.refresh_from_db()
    other.blob.refresh_from_db()
    assert sorted([incoming.blob.held, other.blob.held]) == [0, 3]


@pytest.mark.parametrize("wrong", [b"", b"x" * 100, bytes(chunk.SEALED)])
def test_other_bytes_than_the_files_count_for_nothing(incoming, known_alice, wrong):
    node = AlicesNode([wrong] * 3)
    fetch_all(node, known_alice)
    assert Blob.objects.get().held == 0


def test_a_full_disk_is_told_and_nothing_is_asked_for(incoming, known_alice, parts, monkeypatch):
    monkeypatch.setattr(room, "room", lambda: 10)
    node = AlicesNode(parts)
    fetch_all(node, known_alice)
    assert [(each.wish, each.count) for each in node.asked] == [(Wish.NO_ROOM, 0)]


def test_neighbours_end_where_a_chunk_is_held():
    lacking = missing(with_chunks(b"", [2]), range(6))
    assert [neighbours(lacking, 4), neighbours(lacking[2:], 4), neighbours(lacking, 1), neighbours([], 4)] == [
        2,
        3,
        1,
        0,
    ]
