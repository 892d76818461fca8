"""The published known answers, against this implementation."""

import json

import pytest

from peers.protocol import bundle, pull, sealing
from peers.protocol.signing import public_bytes
from tests.protocol import make_vectors

VECTORS = json.loads(make_vectors.PATH.read_text())


@pytest.mark.parametrize("name", sorted(make_vectors.fixed_vectors()))
def test_we_compute_the_published_bytes(name):
    assert make_vectors.fixed_vectors()[name] == VECTORS[name]


def test_the_published_bundle_opens_and_its_signature_holds():
    alice, bob = (public_bytes(make_vectors.key(name)) for name in ("alice", "bob"))
    secret = bytes.fromhex(VECTORS["sealing_secret"])
    contents = bundle.open_bundle([secret], bob, bytes.fromhex(VECTORS["bundle"]))
    envelopes = bundle.verify_bundle(contents, alice, bob, sealing.key_id(sealing.public_of(secret)))
    assert [each.hex() for each in contents.envelopes] == VECTORS["voids"]
    assert [each.number for each in envelopes] == [1, 2]


def test_the_published_pull_opens_and_its_signature_holds():
    alice, bob = (public_bytes(make_vectors.key(name)) for name in ("alice", "bob"))
    secret = bytes.fromhex(VECTORS["sealing_secret"])
    contents, key_id = pull.open_pull([secret], bob, bytes.fromhex(VECTORS["pull"]))
    request = pull.verify_pull(contents, alice, bob, key_id)
    assert (request.nonce, request.reply) == (
        make_vectors.seed("pull nonce"),
        pull.Reply(make_vectors.seed("bundle"), b"an answer"),
    )
