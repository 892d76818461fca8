"""Files from Alice's node to Bob's: kills in the middle, hostile names, and nothing in the clear on either disk.

One town for all: each test sends files of its own, and leaves both nodes running.
"""

import hashlib
import os
import time

import pytest

from tests.documents import pdf
from tests.faults.proxy import Proxy
from tests.faults.scale import WHOLE
from tests.files.conftest import photo
from tests.journeys.counted import CountedNode
from tests.journeys.network import Network
from tests.journeys.processes import LoginServer, Node
from tests.journeys.ready import furnished, staffed
from tests.journeys.trays import files_under, hear_delivered, post, saved, send, upload

MIB = 1024 * 1024
SIZE = 1024 * MIB if WHOLE else 24 * MIB + 7
# Who dies when so much of the file has arrived.
KILLS = [(0.1, "alice"), (0.6, "bob"), (0.99, "alice")]
if WHOLE:
    KILLS = [(share, name) for share in (0.1, 0.6, 0.99) for name in ("alice", "bob")]


class Town(Network):
    """Alice sends to Bob over a line that can be slow, and his node counts the chunks that come."""

    def __init__(self, folder):
        self.server = LoginServer(folder / "server")
        accounts = staffed(self.server, alice="alice", bob="bob")
        alice = furnished(Node(folder / "alice", self.server, accounts["alice"]))
        bob = furnished(CountedNode(folder / "bob", self.server, accounts["bob"]))
        self.line = Proxy(bob.peers_port)
        bob.more["PEERNET_PEERS_ADDRESSES"] = self.line.address
        super().__init__(self.server, alice, bob)

    def kill(self):
        super().kill()
        self.line.close()


@pytest.fixture(scope="module")
def met(tmp_path_factory):
    made = Town(tmp_path_factory.mktemp("files"))
    try:
        made.alice.start()
        made.bob.start()
        made.meet()
        yield made
    finally:
        made.kill()


def talk(met):
    alice, bob = met.alices.socket(), met.bobs.socket()
    alice.open(met.bob_id)
    bob.open(met.alice_id)
    return alice, bob


def fresh(text: str) -> str:
    """Return words that no other message of the town has."""
    return f"{text} {os.urandom(4).hex()}"


@pytest.mark.timeout(1800 if WHOLE else 180)
def test_a_large_file_survives_kills_of_the_sender_and_of_the_receiver_and_no_finished_chunk_comes_twice(met):
    data = os.urandom(MIB) * (SIZE // MIB) + os.urandom(SIZE % MIB)
    alice, _ = talk(met)
    pk = upload(met.alices, met.bob_id, "large.bin", data)
    met.bob.count_anew()
    met.line.requests.delay = 0.002 if WHOLE else 0.01
    send(alice, met.bob_id, text := fresh("A large one"), pk)
    for share, name in KILLS:
        met.bob.wait_until_stored(int(share * SIZE / MIB))
        node = getattr(met, name)
        node.kill()
        node.start()
    met.line.mend()
    alice = met.alices.socket()
    alice.open(met.bob_id)
    hear_delivered(alice, text, 60)
    (answer,) = saved(met.bobs, met.alice_id, 1)
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(data).digest()
    counted = met.bob.counted()
    assert sorted(index for what, index in counted if what == "stored") == list(range(-(-SIZE // MIB)))
    for place, (what, index) in enumerate(counted):
        assert what != "stored" or ("sent", index) not in counted[place:], f"chunk {index} came again"
    for node in (met.alice, met.bob):
        assert node.manage("verify_files").returncode == 0


def test_ten_files_at_once_do_not_hold_up_words(met):
    alice, bob = talk(met)
    pks = [upload(met.alices, met.bob_id, f"{number}.bin", os.urandom(2 * MIB)) for number in range(10)]
    met.bob.count_anew()
    met.line.requests.delay = 0.02
    send(alice, met.bob_id, text := fresh("Ten of them"), *pks)
    met.bob.wait_until_stored(1)
    waits = []
    for _ in range(10):
        began = time.monotonic()
        alice.send(met.bob_id, words := fresh("meanwhile"))
        bob.hear_words(words, 20)
        waits.append(time.monotonic() - began)
    stored = len([what for what, _ in met.bob.counted() if what == "stored"])
    met.line.mend()
    hear_delivered(alice, text, 60)
    assert stored < 20, "the files were there before the words"
    assert sorted(waits)[-1] < 2.0


HOSTILE = {
    "../../../../tmp/climbed.txt": b"up",
    "C:\\windows\\system32\\x.dll": b"MZ\0",
    "CON": b"device",
    "inv\u202efdp.exe": b"MZ\0\0",
    "<script>alert(1)</script>.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "page.html": b"<html><script>alert(1)</script></html>",
    "x\r\nSet-Cookie: a=b.txt": b"header",
    "n" * 300 + ".pdf": b"%PDF-1.7 /JavaScript",
    "gif.gif": b"GIF89a/*" + bytes(50) + b"*/=1;alert(1)//",
    "empty": b"",
}


def test_hostile_files_are_stored_as_given_and_saved_safely(met):
    alice, _ = talk(met)
    # As they are: what cannot be decoded cannot be stripped, and the page would ask.
    ids = [upload(met.alices, met.bob_id, name, data, original="1") for name, data in HOSTILE.items()]
    send(alice, met.bob_id, text := fresh("Do not trust these"), *ids)
    hear_delivered(alice, text)
    answers = list(saved(met.bobs, met.alice_id, len(HOSTILE)))
    assert [answer.content for answer in answers] == list(HOSTILE.values())
    for answer in answers:
        headers = answer.headers
        assert headers["Content-Disposition"].startswith("attachment")
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("sandbox")
        assert headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in headers
        assert not any(sign in headers["Content-Disposition"] for sign in ("/", "\\\\", "..", "\u202e"))
    shown = met.bobs.get(f"/with/{met.alice_id}/").text
    assert "<script>alert" not in shown
    assert "inv�fdp.exe" in shown


def test_nothing_of_a_file_is_in_the_clear_on_either_disk(met):
    alice, _ = talk(met)
    canary, name = b"CANARY-BYTES-OF-A-FILE " * 100_000, "CANARY-NAME-OF-A-FILE.txt"
    given = {name: canary, "CANARY.jpg": photo(900, 600, gps=False), "CANARY.pdf": pdf("CANARY-PAGE")}
    ids = [upload(met.alices, met.bob_id, *each) for each in given.items()]
    send(alice, met.bob_id, text := fresh("Keep it to yourself"), *ids)
    hear_delivered(alice, text)
    whole = [answer.content for answer in saved(met.bobs, met.alice_id, len(ids))]
    assert whole[0] == canary
    small = [met.alices.session.get(f"{met.alice.address}/files/{pk}/preview", timeout=20).content for pk in ids[1:]]
    # Pixels have no word in them: a part from the middle of each picture stands for it.
    parts = [each[200:232] for each in (*whole[1:], *small)]
    for node in (met.alice, met.bob):
        for path in [*files_under(node.home), node.log]:
            content = path.read_bytes()
            assert b"CANARY" not in content, path
            assert not [part for part in parts if part in content], path
            assert b"CANARY".hex().encode() not in content, path
            assert "CANARY" not in path.name
        for path in files_under(node.home / "blobs"):
            assert path.stat().st_mode & 0o777 == 0o600


def test_ranges_are_read_from_the_middle(met):
    alice, _ = talk(met)
    data = os.urandom(3 * MIB)
    send(alice, met.bob_id, "Seek", pk := upload(met.alices, met.bob_id, "film.bin", data))
    url = f"{met.alice.address}/files/{pk}/download"
    for asked, expected in {
        "bytes=0-": data,
        "bytes=1048570-1048590": data[1048570:1048591],
        "bytes=-5": data[-5:],
        f"bytes={len(data) - 1}-{len(data) + 5}": data[-1:],
    }.items():
        answer = met.alices.session.get(url, headers={"Range": asked}, timeout=20)
        assert (answer.status_code, answer.content) == (206, expected)
    refused = met.alices.session.get(url, headers={"Range": f"bytes={len(data)}-"}, timeout=20)
    assert (refused.status_code, refused.headers["Content-Range"]) == (416, f"bytes */{len(data)}")
    assert met.alices.session.head(url, timeout=20).headers["Content-Length"] == str(len(data))


@pytest.mark.parametrize("path", ["download", "preview", "play", "text", "chunks/0", "finish", "drop", "pause"])
def test_nobody_else_gets_at_a_file(met, path):
    pk = upload(met.alices, met.bob_id, "mine.txt", b"mine")
    url = f"{met.alice.address}/files/{pk}/{path}"
    is_read = path in ("download", "preview", "play", "text")
    met.bobs.session.trust_env = False
    answer = met.bobs.session.request("GET" if is_read else "POST", url, allow_redirects=False, timeout=20)
    assert answer.status_code in (302, 401, 403)
    assert b"mine" not in answer.content
    # Without the page's token not even the member's own browser writes.
    if not is_read:
        forged = met.alices.session.post(url, data=b"x", timeout=20, headers={"Content-Type": "text/plain"})
        assert forged.status_code == 403


def test_a_chunk_may_come_again_and_another_may_not(met):
    data = os.urandom(MIB + 1)
    begun = met.alices.post(f"/with/{met.bob_id}/files", {"name": "a", "size": str(len(data))}).json()
    url = f"/files/{begun['id']}/chunks"
    assert post(met.alices, f"{url}/0", data[:MIB]).status_code == 204
    assert post(met.alices, f"{url}/0", data[:MIB]).status_code == 204
    other = post(met.alices, f"{url}/0", bytes(MIB))
    assert (other.status_code, "another file" in other.json()["sentence"]) == (409, True)
    assert post(met.alices, f"{url}/1", b"").status_code == 422
    assert post(met.alices, f"{url}/2", b"x").status_code == 422
    assert post(met.alices, f"{url}/0", bytes(3 * MIB)).status_code == 422
    assert post(met.alices, f"{url}/0", bytes(5 * MIB)).status_code == 413
    early = met.alices.post(f"/files/{begun['id']}/finish", {})
    assert early.status_code == 409


def test_a_command_sends_files_beside_the_running_node_and_says_when_they_are_there(met, tmp_path):
    path = tmp_path / "figures.bin"
    path.write_bytes(os.urandom(2 * MIB + 3))
    began = time.monotonic()
    done = met.alice.manage("send", "bob", str(path), "--text", "The figures", "--seconds", "50")
    assert (done.returncode, done.stdout, done.stderr) == (0, "bob has it.\n", "")
    # Not the minute for which a running node may hold the lane.
    assert time.monotonic() - began < 30
    assert [answer.content for answer in saved(met.bobs, met.alice_id, 1)] == [path.read_bytes()]
    unknown = met.alice.manage("send", "nobody", str(path))
    assert (unknown.returncode, "Nobody of this name" in unknown.stderr) == (1, True)
    missing = met.alice.manage("send", "bob", str(tmp_path / "none"))
    assert (missing.returncode, "cannot be read" in missing.stderr) == (1, True)


def test_a_damaged_file_is_found(met):
    alice, _ = talk(met)
    before = set(files_under(met.bob.home / "blobs"))
    send(alice, met.bob_id, text := fresh("Whole"), upload(met.alices, met.bob_id, "whole.bin", b"whole"))
    hear_delivered(alice, text)
    (blob,) = set(files_under(met.bob.home / "blobs")) - before
    content = blob.read_bytes()
    blob.write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
    found = met.bob.manage("verify_files")
    blob.write_bytes(content)
    assert found.returncode == 1
    assert "whole.bin (5 bytes): A part of it is missing or was changed." in found.stdout
