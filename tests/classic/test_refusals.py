"""What bad input gets at a node's classic door: the documented code, with status 200, and nothing is stored."""

import json

import pytest
from django.db import DatabaseError
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as running
from hypothesis import strategies as st

from messaging.errors import CannotWriteTo
from messaging.models import Message
from peers.classic import handshake
from peers.classic.login import Listed
from peers.models import ClassicLetter, ClassicPerson, KnownPerson, PeerDevice
from peers.older import limits, people, reception, relay, server, shares
from profiles.models import OwnProfile, OwnStatus
from tests.classic.older_node import SHARED, aes, xored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]
RELAXED = running(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=40
)


@pytest.fixture
def nothing_stored(bob):
    yield
    assert not Message.objects.exists()
    assert not ClassicLetter.objects.exists()
    assert not ClassicPerson.objects.exists()


@pytest.fixture
def carol(bob) -> KnownPerson:
    """A member with a PeerNet device."""
    person = KnownPerson.objects.create(user_name="carol")
    PeerDevice.objects.create(device=b"c" * 32, person=person, card=b"", card_version=1, pinned=True)
    return person


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("name", ["sender", "destination", "message", "stamp"])
@pytest.mark.parametrize("value", [None, "", [], {}, True])
def test_a_field_that_is_missing_null_or_of_another_type_gets_1(bob, alice, name, value):
    assert bob.hear(alice.compose("bob", "hi") | {name: value}) == "1"


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"encryption": 6}, "9"),
        ({"encryption": "-1"}, "9"),
        ({"encryption": [2]}, "1"),
        ({"encryption": 2.0}, "1"),
        ({"encryption": 1}, "9"),
        ({"encryption": 2, "message": "zz"}, "9"),
        ({"encryption": 2, "message": "00" * 16}, "9"),
        ({"encryption": 2, "message": "00" * 47}, "9"),
        ({"encryption": 3, "message": "ff" * 300}, "9"),
        ({"encryption": 4}, "1"),
        ({"encryption": 4, "decryptionKey": "ff"}, "9"),
        ({"encryption": 5, "decryptionKey": "zz"}, "9"),
        ({"hashing": 9, "hash": "00"}, "10"),
        ({"hashing": 2}, "1"),
        ({"hashing": 2, "hash": "00"}, "7"),
        ({"hashing": 4, "hash": "$2b$31$" + "a" * 53}, "7"),
        ({"encoding": 9}, "8"),
        ({"stamp": "yesterday"}, "1"),
        ({"destination": "nobody"}, "3"),
        ({"sender": "a\nb"}, "1"),
        ({"sender": "x" * 200}, "1"),
        ({"message": "x" * 65_537}, "6"),
        ({"message": "\u200b"}, "1"),
        ({"message": "a\0b"}, "1"),
    ],
)
def test_bad_input_gets_its_code(bob, alice, changes, code):
    assert bob.hear(alice.compose("bob", "hi") | changes) == code


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b"null", b'{"sender":' * 5000, b'{"sender": NaN}'])
def test_what_is_no_json_object_gets_1(bob, body):
    assert bob.hear(body) == "1"


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_is_not_called_json_gets_1(bob, alice, content_type):
    body = json.dumps(alice.compose("bob", "hi")).encode()
    assert bob.post("/receiveMessage", body, content_type=content_type) == "1"


@given(
    changes=st.dictionaries(
        st.sampled_from(["sender", "message", "stamp", "encryption", "hashing", "hash", "decryptionKey", "markdown"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=50)
        | st.lists(st.none()),
        min_size=1,
    )
)
@RELAXED
def test_whatever_mallory_posts_gets_a_code(bob, alice, changes):
    limits.limiter().storage.reset()
    answer = bob.hear(alice.compose("bob", "hi") | changes)
    assert answer in {"0", "1", "2", "6", "7", "8", "9", "10", "11"}


def test_nobody_writes_under_the_name_of_a_peernet_person(bob, alice, carol):
    assert bob.hear(alice.compose("bob", "hi") | {"sender": "carol"}) == "2"
    assert bob.hear(alice.compose("bob", "hi") | {"sender": "Carol"}) == "2"
    assert not Message.objects.exists()


def test_a_peernet_person_in_a_list_is_not_met_the_classic_way(bob, carol):
    server.take_list([Listed("carol", "2", "198.51.100.7", 10001, 0), Listed("dave", "2", "198.51.100.8", 10001, 0)])
    assert [person.user_name for person in ClassicPerson.objects.all()] == ["dave"]
    assert not hasattr(KnownPerson.objects.get(user_name="carol"), "classic")


def test_who_gets_a_peernet_device_is_no_longer_reached_the_classic_way(bob, alice):
    person = bob.meets(alice)
    message = bob.writes(person, "hi")
    native = KnownPerson.objects.create(user_name=alice.name)
    PeerDevice.objects.create(device=b"a" * 32, person=native, card=b"", card_version=1, pinned=True)
    assert bob.carries(person) is None
    message.refresh_from_db()
    assert (message.state, "PeerNet device" in message.reason) == ("failed", True)


def test_a_blocked_sender_gets_11_and_is_not_written_to(bob, alice):
    person = bob.meets(alice)
    ClassicPerson.objects.update(blocked=True)
    assert bob.hear(alice.compose("bob", "hi")) == "11"
    assert not Message.objects.exists()
    with pytest.raises(CannotWriteTo, match="You blocked"):
        bob.writes(person, "hi")


def test_a_sender_who_writes_too_fast_gets_11(bob, alice, monkeypatch):
    monkeypatch.setattr(limits, "MESSAGES", limits.RateLimitItemPerMinute(2))
    answers = [bob.hear(alice.compose("bob", f"number {n}")) for n in range(3)]
    assert answers == ["0", "0", "11"]
    assert Message.objects.count() == 2


def test_an_address_that_is_refused_too_often_gets_11(bob, alice, monkeypatch):
    monkeypatch.setattr(limits, "REFUSALS", limits.RateLimitItemPerMinute(3))
    assert [bob.hear(b"") for _ in range(4)] == ["1", "1", "1", "11"]


def test_strangers_without_end_get_11(bob, alice, monkeypatch):
    monkeypatch.setattr(people, "MOST_UNLISTED", 2)
    answers = [bob.hear(alice.compose("bob", "hi") | {"sender": f"stranger{n}"}) for n in range(3)]
    assert answers == ["0", "0", "11"]


def test_mallory_does_not_fill_bobs_list_with_names_that_she_invents(bob, alice):
    answers = [bob.hear(alice.compose("bob", "hi") | {"sender": f"stranger{n}"}) for n in range(22)]
    assert answers == ["0"] * 20 + ["11"] * 2
    assert bob.hear(alice.compose("bob", "again") | {"sender": "stranger3"}) == "0"
    bob.meets(alice)
    assert bob.hear(alice.compose("bob", "hi")) == "0"


@pytest.mark.parametrize("name", ["bob", "Bob", "ＢＯＢ", "bob.smith"])
def test_nobody_writes_under_bobs_own_name(bob, alice, settings, name):
    settings.PEERNET_CLASSIC_USER = "bob.smith"
    relay.note_names(["dave"])
    for path, body in (
        ("/receiveMessage", alice.compose("bob", "hi")),
        ("/receiveMessage", alice.compose("dave", "for later")),
        ("/receiveEvent", alice.compose_event("bob", "Party")),
    ):
        assert bob.post(path, body | {"sender": name}) == "2"
    assert not Message.objects.exists()
    assert not ClassicPerson.objects.exists()


def test_a_stranger_is_shown_as_not_in_the_list(bob, alice):
    bob.hear(alice.compose("bob", "hi"))
    assert "not in the list" in Message.objects.get().caution


def test_an_address_that_the_list_does_not_name_is_shown(bob, alice):
    bob.meets(alice, ip="198.51.100.7")
    bob.hear(alice.compose("bob", "hi"))
    assert "It came from 127.0.0.1, but the list places alic001 elsewhere." in Message.objects.get().caution


def test_an_address_in_the_clothes_of_ipv6_is_the_one_that_the_list_names(bob, alice):
    bob.meets(alice, ip="198.51.100.7")
    body = json.dumps(alice.compose("bob", "hi")).encode()
    Client(REMOTE_ADDR="::ffff:198.51.100.7").post("/receiveMessage", body, content_type="application/json")
    assert "elsewhere" not in Message.objects.get().caution


def test_a_full_disk_gets_4(bob, alice, monkeypatch):
    def full(*_):
        raise DatabaseError

    monkeypatch.setattr(reception, "store", full)
    assert bob.hear(alice.compose("bob", "hi")) == "4"


def test_script_is_kept_as_the_words_that_it_is(bob, alice):
    words = "<script>alert(1)</script>\n'; DROP TABLE users;--"
    bob.hear(alice.compose("bob", words, 2, 2))
    assert Message.objects.get().text == words


def test_a_fault_of_ours_gets_minus_1(bob, alice, monkeypatch):
    def breaks(*_):
        raise RuntimeError

    monkeypatch.setattr(reception, "store", breaks)
    bob.client.raise_request_exception = False
    assert bob.hear(alice.compose("bob", "hi")) == "-1"


def test_a_nearly_full_disk_gets_4(bob, alice, settings):
    settings.PEERNET_FREE_MIB = 10**9
    assert bob.hear(alice.compose("bob", "hi")) == "4"
    relay.note_names(["dave"])
    assert bob.hear(alice.compose("dave", "for later")) == "4"
    assert not Message.objects.exists()


def test_all_classic_people_together_may_write_as_much_as_one_person(bob, alice, settings):
    settings.PEERNET_MESSAGES_QUOTA_MIB = 1
    answers = []
    for number in range(18):
        shares.cache.delete(shares.KEPT)
        answers.append(bob.hear(alice.compose("bob", "x" * 65_536) | {"sender": f"stranger{number}"}))
    assert answers == ["0"] * 16 + ["11"] * 2


def test_mallory_does_not_use_up_what_alice_may_write(bob, alice, monkeypatch):
    monkeypatch.setattr(limits, "MESSAGES", limits.RateLimitItemPerMinute(2))
    mallory = Client(REMOTE_ADDR="198.51.100.66")
    for number in range(3):
        body = json.dumps(alice.compose("bob", f"forged {number}")).encode()
        last = mallory.post("/receiveMessage", body, content_type="application/json").content
    assert last == b"11"
    assert bob.hear(alice.compose("bob", "hi")) == "0"


@pytest.mark.parametrize("group", [7, "7", "friends"])
@pytest.mark.parametrize("encryption", [0, 2])
def test_what_was_sent_to_a_group_says_so(bob, alice, group, encryption):
    assert bob.hear(alice.compose("bob", "hi all", encryption) | {"groupID": group}) == "0"
    assert "They sent it to a group" in Message.objects.get().caution


@pytest.mark.parametrize("year", [2017, 2018])
def test_an_encrypted_group_is_read_as_well_and_no_group_is_none(bob, nodes, settings, year):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = nodes[year]
    for number, group in enumerate(("friends", "0", "")):
        body = alice.compose("bob", f"number {number}", 2) | {"groupID": aes(group, SHARED)}
        assert bob.hear(body) == "0"
    assert bob.hear(alice.compose("bob", "to Bob") | {"groupID": None}) == "0"
    assert ["group" in message.caution for message in bob.messages] == [True, False, False, False]


def test_a_group_of_another_type_gets_1(bob, alice):
    assert bob.hear(alice.compose("bob", "hi") | {"groupID": ["friends"]}) == "1"


def test_a_hash_that_nothing_is_hashed_by_is_not_kept(bob, alice):
    assert bob.hear(alice.compose("bob", "hi", hash="f" * 10_000)) == "0"
    assert ClassicLetter.objects.get().hash == ""


# The handshake's fence


def shake(bob, text: str, **changes) -> dict:
    body = {"sender": "alic001", "destination": "bob", "encryption": 2, "message": aes(text, SHARED)}
    return json.loads(bob.post("/handshake", body | changes))


@pytest.mark.parametrize("text", ["test", "this is message", pytest.param(handshake.new_text(), id="ours")])
def test_a_handshake_answers_what_handshakes_carry(bob, text):
    assert shake(bob, text) == {"error": 0, "message": text}


@pytest.mark.parametrize("number", [1, 3, 4, 5])
def test_a_handshake_proves_every_standard(bob, alice, number):
    body = alice.compose("bob", "test", number, key=bob.key())
    answer = json.loads(bob.post("/handshake", body))
    assert answer == {"error": 0, "message": "test"}


@pytest.mark.parametrize("text", ["hello", "", "test2", "peernet handshake 0123", "0011223344556677"])
def test_a_handshake_decrypts_nothing_else(bob, text):
    assert shake(bob, text) == {"error": 9, "message": ""}


def test_the_key_of_a_captured_message_is_not_decrypted(bob, alice):
    captured = alice.compose("bob", "a secret", 4, key=bob.key())
    assert shake(bob, "", encryption=3, message=captured["decryptionKey"]) == {"error": 9, "message": ""}


def test_what_cannot_be_decrypted_gets_the_same_answer_as_another_text(bob):
    assert shake(bob, "hello") == shake(bob, "", message="00" * 32) == shake(bob, "", message="zz")


def test_handshakes_are_limited(bob):
    answers = [shake(bob, "test")["error"] for _ in range(21)]
    assert answers == [0] * 20 + [11]


def test_a_handshake_for_somebody_else_gets_3(bob):
    assert shake(bob, "test", destination="dave") == {"error": 3, "message": ""}


# The other calls


def test_the_calls_and_standards_are_listed(bob):
    lines = bob.client.get("/listAPI").content.decode().split("\n")
    assert lines[-2:] == ["Encryption 0 1 2 3 4 5", "Hashing 0 1 2 3 4 5"]
    assert any(line.startswith("/receiveMessage ") for line in lines)


def test_a_ping_is_answered(bob):
    assert bob.client.get("/ping?sender=alic001").content == b"0"
    assert bob.client.get("/ping").content == b"1"
    assert bob.client.get("/ping??sender=alic001").content == b"0"


def test_the_answer_carries_words_where_the_settings_say_so(bob, alice, settings):
    settings.PEERNET_CLASSIC_SUCCESS_TEXT = True
    assert bob.hear(alice.compose("bob", "hi")) == "0: <Action was successful>"


@pytest.mark.parametrize("path", ["/getPublicKey", "/getProfile", "/getStatus"])
def test_questions_are_limited(bob, path, monkeypatch):
    monkeypatch.setattr(limits, "QUESTIONS", limits.RateLimitItemPerMinute(2))
    answers = [bob.post(path, {"profile_username": "bob", "sender": "x"}) for _ in range(3)]
    assert [answer if answer == "11" else "told" for answer in answers[:2]] == ["told", "told"]
    assert answers[2] == "11" or json.loads(answers[2])["error"] == 11


def test_somebody_elses_key_is_not_given(bob):
    assert json.loads(bob.post("/getPublicKey", {"sender": "x", "username": "carol"})) == {"error": 3, "pubkey": ""}


def test_an_encrypted_hashing_is_read_where_the_year_sends_it_clear(bob, alice):
    body = alice.compose("bob", "hi", 1, 2) | {"hashing": xored(b"2", 2018).hex()}
    assert bob.hear(body) == "0"


@pytest.mark.parametrize(("year", "has_time"), [(2017, False), (2018, True)])
def test_the_profile_is_told_without_a_picture(bob, settings, year, has_time):
    settings.PEERNET_CLASSIC_YEAR = year
    OwnProfile.objects.create(full_name="Bob Okafor", position="Finance", location="Lagos", description="Numbers")
    told = json.loads(bob.post("/getProfile", {"profile_username": "bob", "sender": "alic001"}))
    assert (told["fullname"], told["position"], told["location"]) == ("Bob Okafor", "Finance", "Lagos")
    assert (told["picture"], told["encryption"], "lastUpdated" in told) == ("", 0, has_time)


@pytest.mark.parametrize(
    ("chosen", "status"),
    [
        ({}, "Online"),
        ({"choice": "dnd"}, "Do Not Disturb"),
        ({"choice": "away"}, "Away"),
        ({"hidden": True}, "Offline"),
    ],
)
def test_the_status_is_told_as_everybody_sees_it(bob, chosen, status):
    OwnStatus.objects.create(**chosen)
    assert json.loads(bob.post("/getStatus", {"profile_username": "bob"})) == {"status": status}


@pytest.mark.parametrize("path", ["/getProfile", "/getStatus"])
def test_somebody_elses_profile_is_not_told(bob, path):
    assert bob.post(path, {"profile_username": "carol", "sender": "alic001"}) == "3"
    assert bob.post(path, {"sender": "alic001"}) == "1"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/peernet/1/bundles", "/receiveMessage/", "/static/x.css"])
def test_everything_else_is_nothing(bob, path):
    assert bob.client.get(path).status_code == 404
