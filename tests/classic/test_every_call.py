"""Every call of a node's classic door gets every kind of bad input: a documented code, and nothing is stored."""

import json

import pytest

from messaging.models import Message
from peers.models import ClassicHeld, ClassicLetter, ClassicPerson
from peers.older import blocks, limits, people
from tests.classic.older_node import SHARED, aes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]

HASH = "0" * 64
BODIES = {
    "/receiveMessage": {"sender": "alic001", "destination": "bob", "message": "hi", "stamp": 1700000000.5},
    "/receiveFile": {
        "sender": "alic001",
        "destination": "bob",
        "file": "aGk=",
        "filename": "a.txt",
        "content_type": "text/plain",
        "stamp": 1700000000.5,
    },
    "/receiveEvent": {
        "sender": "alic001",
        "destination": "bob",
        "event_name": "Party",
        "start_time": 1900000000,
        "end_time": 1900003600,
    },
    "/acknowledgeEvent": {"sender": "alic001", "event_name": "Party", "start_time": 1900000000, "attendance": 1},
    "/acknowledge": {"sender": "alic001", "stamp": "1.5", "hashing": 2, "hash": HASH},
    "/acknowledgeDelete": {
        "sender": "alic001",
        "destination": "bob",
        "stamp": "1.5",
        "hashing": 2,
        "hash": HASH,
        "encryption": 4,
    },
    "/handshake": {
        "sender": "alic001",
        "destination": "bob",
        "message": aes("test", SHARED),
        "encryption": 2,
    },
    "/getProfile": {"profile_username": "bob", "sender": "alic001"},
    "/getStatus": {"profile_username": "bob"},
    "/retrieveMessages": {"requestor": "alic001"},
}
REQUIRED = [(path, name) for path, body in BODIES.items() for name in body]
# These come as numbers too.
NUMBERS = ("stamp", "start_time", "end_time", "attendance", "hashing", "encryption")
JSON_ANSWERS = ("/handshake", "/getPublicKey")


def code(path: str, answer: str) -> str:
    return str(json.loads(answer)["error"]) if path in JSON_ANSWERS else answer


@pytest.fixture(autouse=True)
def nothing_stored(bob):
    yield
    for model in (Message, ClassicLetter, ClassicPerson, ClassicHeld):
        assert not model.objects.exists()


@pytest.mark.parametrize(("path", "name"), REQUIRED)
@pytest.mark.parametrize("value", [None, "", [], {}, True], ids=repr)
def test_a_required_field_that_is_absent_null_or_of_another_type_gets_1(bob, path, name, value):
    limits.limiter().storage.reset()
    body = BODIES[path] | {name: value}
    assert code(path, bob.post(path, body)) == "1"
    if value is None:
        del body[name]
        assert code(path, bob.post(path, body)) == "1"


@pytest.mark.parametrize(("path", "name"), [each for each in REQUIRED if each[1] not in NUMBERS])
def test_a_number_where_text_belongs_gets_1(bob, path, name):
    limits.limiter().storage.reset()
    assert code(path, bob.post(path, BODIES[path] | {name: 5})) == "1"


@pytest.mark.parametrize("path", [*BODIES, "/getPublicKey"])
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"\xff", b'{"a":' * 3000], ids=repr)
def test_what_is_no_json_object_gets_1(bob, path, body):
    assert code(path, bob.post(path, body)) == "1"


@pytest.mark.parametrize("path", [*BODIES, "/getPublicKey"])
def test_what_is_not_posted_as_json_gets_1(bob, path):
    answer = bob.client.get(path)
    assert (answer.status_code, code(path, answer.content.decode())) == (200, "1")


@pytest.mark.parametrize("path", ["/receiveMessage", "/receiveFile", "/receiveEvent", "/handshake"])
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"encryption": 6}, "9"),
        ({"encryption": "x"}, "1"),
        ({"encryption": 5, "decryptionKey": "zz"}, "9"),
        ({"encryption": 4, "decryptionKey": "00" * 400}, "9"),
        ({"encryption": 4}, "1"),
        ({"destination": "nobody"}, "3"),
    ],
)
def test_an_unknown_standard_or_a_key_for_nobody_gets_its_code(bob, path, changes, expected):
    assert code(path, bob.post(path, BODIES[path] | changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"encryption": 0}, "9"),
        ({"encryption": 2}, "9"),
        ({"encryption": 6}, "9"),
        ({"encryption": 3, "hash": "zz"}, "9"),
        ({"encryption": 4, "decryptionKey": "zz"}, "9"),
    ],
)
def test_a_deletion_that_is_not_hidden_gets_9(bob, changes, expected):
    assert bob.post("/acknowledgeDelete", BODIES["/acknowledgeDelete"] | changes) == expected


def test_what_is_not_known_here_gets_4_or_3(bob, alice):
    deletion = alice.deletion("bob", "1.5", "hi", 4, bob.key())
    assert bob.post("/acknowledgeDelete", deletion) == "4"
    assert bob.post("/acknowledge", BODIES["/acknowledge"]) == "4"
    assert bob.post("/acknowledgeEvent", BODIES["/acknowledgeEvent"]) == "4"
    assert bob.post("/retrieveMessages", BODIES["/retrieveMessages"]) == "3"
    assert bob.post("/getStatus", {"profile_username": "carol"}) == "3"


@pytest.mark.parametrize("path", ["/receiveMessage", "/receiveFile", "/receiveEvent"])
def test_a_blacklisted_sender_gets_11(bob, path):
    blocks.block("alic001")
    try:
        assert bob.post(path, BODIES[path]) == "11"
    finally:
        blocks.unblock("alic001")


@pytest.mark.parametrize("path", ["/receiveMessage", "/receiveFile", "/receiveEvent", "/acknowledge"])
def test_a_sender_past_the_limit_gets_11(bob, path, monkeypatch):
    for name in ("MESSAGES", "FILES"):
        monkeypatch.setattr(limits, name, limits.RateLimitItemPerMinute(1))
    limits.limiter().hit(limits.MESSAGES, "classic", "x")
    body = BODIES[path] | {"destination": "nobody"}
    assert bob.post(path, body) in ("3", "4")
    assert bob.post(path, body) == "11"


@pytest.mark.parametrize("path", ["/receiveMessage", "/receiveFile", "/receiveEvent"])
def test_the_name_of_a_peernet_person_gets_2(bob, path, monkeypatch):
    monkeypatch.setattr(people, "is_native", lambda name: name == "alic001")
    assert bob.post(path, BODIES[path]) == "2"


def test_a_ping_without_a_sender_gets_1(bob):
    assert bob.client.get("/ping").content == b"1"
