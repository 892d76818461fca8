"""Files in chunks: what opens, and what does not."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peers.protocol import chunk
from peers.protocol.codec import decode
from peers.protocol.errors import CannotOpen, Malformed, TooLarge
from peers.protocol.transfer import Standing
from tests.protocol import make_file_vectors

VECTORS = json.loads(make_file_vectors.PATH.read_text())


@pytest.fixture
def key():
    return chunk.new_key()


@pytest.mark.parametrize("name", sorted(make_file_vectors.fixed_vectors()))
def test_we_compute_the_published_bytes(name):
    assert make_file_vectors.fixed_vectors()[name] == VECTORS[name]


@pytest.mark.parametrize("vector", VECTORS["chunks"], ids=lambda vector: f"{vector['index']}-{vector['last']}")
def test_the_published_chunks_open(vector):
    opened = chunk.open_chunk(make_file_vectors.KEY, vector["index"], vector["last"], bytes.fromhex(vector["sealed"]))
    assert opened.hex() == vector["plaintext"]


@pytest.mark.parametrize("size", [0, 1, chunk.CHUNK])
def test_a_chunk_opens_again(key, size):
    plaintext = os.urandom(size)
    assert chunk.open_chunk(key, 3, True, chunk.seal_chunk(key, 3, True, plaintext)) == plaintext


def test_the_same_chunk_is_never_sealed_alike(key):
    assert chunk.seal_chunk(key, 0, True, b"x") != chunk.seal_chunk(key, 0, True, b"x")


@pytest.mark.parametrize(("index", "is_last"), [(1, False), (0, True), (2**20, False)])
def test_a_chunk_opens_in_its_own_place_only(key, index, is_last):
    sealed = chunk.seal_chunk(key, 0, False, b"hello")
    with pytest.raises(CannotOpen):
        chunk.open_chunk(key, index, is_last, sealed)


def test_a_chunk_opens_with_its_own_files_key_only(key):
    with pytest.raises(CannotOpen):
        chunk.open_chunk(chunk.new_key(), 0, True, chunk.seal_chunk(key, 0, True, b"hello"))


def test_every_changed_bit_is_noticed(key):
    sealed = bytearray(chunk.seal_chunk(key, 0, True, b"hello"))
    for bit in range(len(sealed) * 8):
        sealed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            chunk.open_chunk(key, 0, True, bytes(sealed))
        sealed[bit // 8] ^= 1 << bit % 8
    assert chunk.open_chunk(key, 0, True, bytes(sealed)) == b"hello"


@pytest.mark.parametrize("sealed", [b"", bytes(27), bytes(chunk.SEALED + 1)])
def test_what_is_no_chunk_is_refused(key, sealed):
    with pytest.raises(CannotOpen):
        chunk.open_chunk(key, 0, True, sealed)


def test_a_chunk_has_its_largest_size(key):
    with pytest.raises(TooLarge):
        chunk.seal_chunk(key, 0, True, bytes(chunk.CHUNK + 1))


@given(st.integers(0, chunk.MAX_FILE))
def test_the_chunks_of_a_file_add_up_to_it(size):
    last = chunk.count(size) - 1
    assert last * chunk.CHUNK + chunk.length(size, last) == size
    assert 0 <= chunk.length(size, last) <= chunk.CHUNK


@pytest.mark.parametrize("answer", [b"", b"\x92\xa6wanted\xc0", b"\x92\xa4nope\xc4\x00", b"\x91\xa6wanted"])
def test_an_answer_that_is_none_is_refused(answer):
    with pytest.raises(Malformed):
        decode(Standing, answer)
