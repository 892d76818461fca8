"""Bob and an older node talk, by every encryption with every hashing standard of both years."""

import pytest

from messaging.models import Message
from peers.models import ClassicLetter, ClassicPerson
from tests.classic.conftest import fresh
from tests.classic.older_node import HIGHEST_ENCRYPTION, HIGHEST_HASHING, Door

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]
TEXT = "Kia ora — ça va? 😀👩‍👩‍👧"
EVERY = [
    (year, encryption, hashing)
    for year in (2017, 2018)
    for encryption in range(HIGHEST_ENCRYPTION[year] + 1)
    for hashing in range(HIGHEST_HASHING[year] + 1)
]


# What Alice writes


@pytest.mark.parametrize(("year", "encryption", "hashing"), EVERY)
def test_bob_reads_what_an_older_node_writes(bob, nodes, settings, year, encryption, hashing):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = nodes[year]
    body = alice.compose("bob", TEXT, encryption, hashing, bob.key())
    assert bob.hear(body) == "0"
    (message,) = bob.messages
    assert (message.text, message.mine) == (TEXT, False)
    assert f"ncryption {encryption}" in message.caution or encryption == 0
    assert "Sender not proven." in message.caution


@pytest.mark.parametrize(("year", "encryption", "hashing"), EVERY)
def test_an_older_node_reads_what_bob_writes(bob, nodes, settings, year, encryption, hashing):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = fresh(nodes[year])
    alice.encryption, alice.hashing = [0, encryption], [0, hashing]
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        assert bob.carries(person) is None
    (heard,) = alice.heard
    assert heard["message"] == TEXT
    assert int(heard["encryption"]) == encryption
    assert bob.messages.get().state == Message.State.HANDED


# Acknowledgements


@pytest.mark.parametrize("year", [2017, 2018])
def test_an_acknowledgement_of_either_year_makes_a_message_delivered(bob, nodes, settings, year):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = fresh(nodes[year])
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        bob.carries(person)
    assert bob.messages.get().state == Message.State.HANDED
    assert bob.post("/acknowledge", alice.acknowledgement(alice.heard[0])) == "0"
    assert bob.messages.get().state == Message.State.DELIVERED
    assert bob.messages.get().delivered_at


def test_an_acknowledgement_of_other_words_changes_nothing(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        bob.carries(person)
    forged = alice.acknowledgement(alice.heard[0] | {"message": "other words"})
    assert bob.post("/acknowledge", forged) == "7"
    assert bob.messages.get().state == Message.State.HANDED


def test_an_acknowledgement_of_what_bob_never_sent_gets_4(bob, alice):
    body = {"sender": "alic001", "destination": "bob", "stamp": "1.5", "hashing": 1, "hash": "00"}
    assert bob.post("/acknowledge", body) == "4"


@pytest.mark.parametrize("year", [2017, 2018])
def test_bob_acknowledges_what_was_hashed(bob, nodes, settings, year):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = fresh(nodes[year])
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        body = alice.compose("bob", TEXT, 2, 2)
        bob.hear(body)
        assert bob.carries(person) is None
    (told,) = alice.acknowledgements
    assert told["sender"] == ("alic001" if year == 2017 else "bob")
    assert told == told | ({} if year == 2017 else {"destination": "alic001"})
    assert not ClassicLetter.objects.filter(state=ClassicLetter.State.WAITING).exists()


# Deletions


@pytest.mark.parametrize("encryption", [3, 4, 5])
def test_alice_deletes_what_she_wrote(bob, alice, encryption):
    bob.hear(alice.compose("bob", "before", stamp="1700000000.1"))
    bob.hear(alice.compose("bob", TEXT, stamp="1700000000.2"))
    assert bob.post("/acknowledgeDelete", alice.deletion("bob", "1700000000.2", TEXT, encryption, bob.key())) == "0"
    (left,) = bob.messages
    assert (left.text, left.conversation.last_message_id, left.conversation.unread) == ("before", left.pk, 1)


def test_of_what_alice_wrote_within_one_second_the_right_one_is_deleted(bob, alice):
    for text in ("one", "two", "three"):
        bob.hear(alice.compose("bob", text, stamp="1700000000"))
    assert bob.post("/acknowledgeDelete", alice.deletion("bob", "1700000000", "two", 4, bob.key())) == "0"
    assert [message.text for message in bob.messages] == ["one", "three"]
    assert bob.post("/acknowledgeDelete", alice.deletion("bob", "1700000000", "four", 4, bob.key())) == "7"


def test_alice_deletes_what_bob_wrote_to_her(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        bob.carries(person)
    stamp = alice.heard[0]["stamp"]
    assert bob.post("/acknowledgeDelete", alice.deletion("bob", stamp, TEXT, 5, bob.key())) == "0"
    assert not bob.messages.exists()


def test_what_was_deleted_does_not_come_again(bob, alice):
    body = alice.compose("bob", TEXT, stamp="1700000000.2")
    bob.hear(body)
    bob.post("/acknowledgeDelete", alice.deletion("bob", "1700000000.2", TEXT, 4, bob.key()))
    assert bob.hear(body) == "0"
    assert not bob.messages.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"encryption": 2}, "9"),
        ({"encryption": 0}, "9"),
        ({"encryption": None}, "1"),
        ({"hashing": 0}, "7"),
        ({"hashing": 1}, "7"),
        ({"hash": None}, "1"),
        ({"sender": "mallory"}, "4"),
        ({"destination": "carol"}, "4"),
        ({"stamp": "1700000000.3"}, "4"),
        ({"decryptionKey": "00"}, "9"),
    ],
)
def test_nothing_is_deleted_for_who_does_not_know_the_words_or_asks_weakly(bob, alice, changes, code):
    bob.hear(alice.compose("bob", TEXT, stamp="1700000000.2"))
    body = alice.deletion("bob", "1700000000.2", TEXT, 4, bob.key()) | changes
    assert bob.post("/acknowledgeDelete", body) == code
    assert bob.messages.count() == 1


# Order, repetition, refusals


def test_the_same_message_twice_is_stored_once(bob, alice):
    body = alice.compose("bob", TEXT)
    assert bob.hear(body) == bob.hear(body) == "0"
    assert bob.messages.count() == 1


def test_the_same_words_at_another_time_are_another_message(bob, alice):
    bob.hear(alice.compose("bob", TEXT, stamp="1700000000.1"))
    bob.hear(alice.compose("bob", TEXT, stamp="1700000000.2"))
    assert bob.messages.count() == 2


def test_both_spellings_and_a_stray_question_mark_are_served(bob, alice):
    assert bob.post("/recieveMessage", alice.compose("bob", "one")) == "0"
    assert bob.post("/receiveMessage?", alice.compose("bob", "two")) == "0"


def test_on_7_a_message_goes_once_more_without_a_hash(bob, alice_2017):
    alice_2017.encryption = [0, 2]
    with Door(alice_2017) as door:
        person = bob.meets(alice_2017, door.port)
        bob.writes(person, "<b>bold</b>")
        bob.carries(person)
    assert alice_2017.heard[0]["message"] == "<b>bold</b>"
    assert alice_2017.heard[0]["hashing"] == "0"


def test_messages_go_in_order_and_wait_behind_one_that_must_wait(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        for text in ("one", "two", "three"):
            bob.writes(person, text)
        alice.answers = ["0", "11: Rate Limited"]
        assert bob.carries(person) >= 60
        assert [message.state for message in bob.messages] == ["handed", "waiting", "waiting"]
        assert bob.carries(person) is None
    assert [heard["message"] for heard in alice.heard] == ["two", "three"]


@pytest.mark.parametrize("answer", ["", "200", "<html>0</html>", "ok", "null"])
def test_only_a_success_counts_as_one(bob, alice, answer):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        alice.answers = [answer]
        assert bob.carries(person) > 0
    assert bob.messages.get().state == Message.State.WAITING


@pytest.mark.parametrize("answer", ["0", "0: ok", '"0"', " 0\r\n"])
def test_every_spelling_of_success_counts(bob, alice, answer):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        alice.answers = [answer]
        assert bob.carries(person) is None
    assert bob.messages.get().state == Message.State.HANDED


def test_a_final_refusal_fails_the_message_with_its_reason(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        alice.answers = ["2"]
        assert bob.carries(person) is None
    message = bob.messages.get()
    assert (message.state, message.reason) == ("failed", "Their program does not know you.")


def test_a_node_that_is_away_is_tried_again(bob, alice):
    person = bob.meets(alice, 9)
    bob.writes(person, TEXT)
    assert bob.carries(person) > 0
    assert bob.messages.get().state == Message.State.WAITING


# Agreement


def test_an_encryption_that_a_handshake_does_not_prove_is_not_used(bob, alice):
    alice.proves = False
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        bob.carries(person)
    assert alice.heard[0]["encryption"] == "0"
    assert "not encrypted" in bob.messages.get().caution


@pytest.mark.parametrize(("year", "text"), [(2017, "test"), (2018, "this is message")])
def test_a_node_whose_handshake_answers_its_years_text_only_proves_its_encryption(bob, nodes, settings, year, text):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = fresh(nodes[year])
    alice.answers_text = text
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        bob.carries(person)
    assert alice.heard[0]["encryption"] == ("4" if year == 2017 else "5")


def test_a_node_that_knows_the_other_spelling_only_gets_its_messages(bob, alice):
    alice.unknown = ["/receiveMessage"]
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        assert bob.carries(person) is None
    assert [heard["message"] for heard in alice.heard] == [TEXT]


def test_a_too_weak_encryption_is_not_used_when_the_settings_forbid_it(bob, alice, settings):
    settings.PEERNET_CLASSIC_MIN_ENCRYPTION = 3
    alice.encryption = [0, 1, 2]
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        bob.writes(person, TEXT)
        bob.carries(person)
    assert not alice.heard
    assert bob.messages.get().state == Message.State.FAILED
    assert "no encryption as strong" in bob.messages.get().reason


def test_the_key_is_asked_for_where_the_list_names_none(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port, public_key="")
        bob.writes(person, TEXT)
        bob.carries(person)
    assert "/getPublicKey" in alice.asked
    assert alice.heard[0]["encryption"] == "5"


def test_what_is_too_long_for_standard_3_goes_by_the_next_and_says_so(bob, alice_2017):
    alice_2017.encryption = [0, 2, 3]
    with Door(alice_2017) as door:
        person = bob.meets(alice_2017, door.port)
        bob.writes(person, "x" * 500)
        bob.carries(person)
    assert alice_2017.heard[0]["encryption"] == "2"
    assert "published key" in bob.messages.get().caution


def test_an_agreement_is_kept_and_made_anew_when_a_standard_is_refused(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        for _ in range(2):
            bob.writes(person, TEXT)
        bob.carries(person)
        assert alice.asked.count("/listAPI") == 1
        bob.writes(person, TEXT)
        alice.answers = ["9"]
        assert bob.carries(person) > 0
        assert bob.carries(person) is None
    assert alice.asked.count("/listAPI") == 2


@pytest.mark.parametrize("ip", ["127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "127.255.0.1"])
def test_a_loopback_address_of_a_list_from_elsewhere_is_not_dialled(bob, alice, settings, ip):
    settings.PEERNET_CLASSIC_SERVER = "198.51.100.1:80"
    with Door(alice) as door:
        person = bob.meets(alice, door.port, ip=ip)
        bob.writes(person, TEXT)
        bob.carries(person)
    assert not alice.asked
    assert ClassicPerson.objects.get().encryption is None
