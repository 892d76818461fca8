"""A disk that is full on either side: said with the reason, nothing lost, and on it goes when there is room."""

import hashlib
import os

import pytest

from tests.journeys.small_disk import on_small_disks, way_in
from tests.journeys.trays import CHUNK, hear_delivered, post, saved, send, upload

pytestmark = pytest.mark.skipif(way_in() is None, reason="this system lets nobody mount a small disk")

MIB = 1024 * 1024


@pytest.fixture
def small(acquainted):
    """Both nodes have a disk of 64 MiB."""
    made = acquainted.again()
    made.alice, made.bob = on_small_disks(made.alice), on_small_disks(made.bob)
    made.alices.node, made.bobs.node = made.alice, made.bob
    try:
        made.start()
        # A page that was opened has the token for what it posts, and asks what Bob's node takes.
        made.alices.get("/")
        yield made
    finally:
        made.kill()


def test_a_full_disk_is_said_on_either_side_and_the_file_goes_on_when_there_is_room(small):
    data = os.urandom(MIB) * 12
    alice, bob = small.alices.socket(), small.bobs.socket()
    alice.open(small.bob_id)
    bob.open(small.alice_id)

    # Alice's own disk fills up during the upload.
    begun = small.alices.post(f"/with/{small.bob_id}/files", {"name": "plan.bin", "size": str(len(data))}).json()
    url = f"/files/{begun['id']}"
    assert post(small.alices, f"{url}/chunks/0", data[: 4 * CHUNK]).status_code == 204
    small.alice.resize(6)
    full = post(small.alices, f"{url}/chunks/4", data[4 * CHUNK : 8 * CHUNK])
    assert (full.status_code, "disk is too full" in full.json()["sentence"]) == (507, True)
    assert small.alices.post(f"/with/{small.bob_id}/files", {"name": "b", "size": str(5 * MIB)}).status_code == 507
    small.alice.resize(64)
    for first in (4, 8):
        assert post(small.alices, f"{url}/chunks/{first}", data[first * CHUNK :][: 4 * CHUNK]).status_code == 204
    assert small.alices.post(f"{url}/finish", {}).status_code == 200

    # Bob's is full when the file comes: she reads why, and he makes room.
    small.bob.resize(6)
    send(alice, small.bob_id, "A plan", begun["id"])
    waiting = alice.hear(lambda frame: frame["type"] == "progress" and frame["reason"], 30)
    assert "disk is full" in waiting["reason"] or waiting["reason"] == "no-room"
    small.bob.resize(64)
    # Whoever is heard is tried again at once.
    bob.send(small.alice_id, "now there is room")
    hear_delivered(alice, "A plan", 60)
    (answer,) = saved(small.bobs, small.alice_id, 1)
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(data).digest()


def test_a_file_that_bob_has_no_room_for_is_refused_before_its_upload(small):
    small.bob.resize(8)
    refused = small.alices.post(f"/with/{small.bob_id}/files", {"name": "plan.bin", "size": str(12 * MIB)})
    assert refused.status_code == 507
    assert "This file has 12.6 MB, and the node of bob has room for 8.4 MB" in refused.json()["sentence"]
    assert upload(small.alices, small.bob_id, "small.bin", b"small")
