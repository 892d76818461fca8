"""Bob's node signs in to an older login server: it reports, lists, asks who everybody is, and logs off."""

import pytest

from peers.checkup import classic
from peers.checkup.findings import Level
from peers.models import ClassicPerson, KnownPerson
from peers.older import node, relay, server, settings, standing
from peers.transport.errors import TransportError
from tests.classic.older_node import Door
from tests.classic.older_server import OlderServer, ServerDoor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]


@pytest.fixture(params=[2017, 2018])
def foreign(request, settings):
    """An older login server of either year, where Bob has an account of his own."""
    settings.PEERNET_CLASSIC_SERVER_YEAR = settings.PEERNET_CLASSIC_YEAR = request.param
    settings.PEERNET_CLASSIC_USER, settings.PEERNET_CLASSIC_PASSWORD = "bob", "a password of its own"
    settings.PEERNET_CLASSIC_PORT, settings.PEERNET_CLASSIC_LOCATION = 10001, "2"
    made = OlderServer(request.param, {"bob": "a password of its own", "alic001": "x", "dave": "y"})
    with ServerDoor(made) as door:
        settings.PEERNET_CLASSIC_SERVER = f"http://127.0.0.1:{door.port}"
        yield made
    relay.cache.delete(relay.NAMES)


def test_bob_reports_where_he_is_and_with_which_key(bob, foreign):
    assert server.follow() == server.EVERY
    said = foreign.reports["bob"]
    assert (said["ip"], said["port"], said["location"]) == ("127.0.0.1", "10001", "2")
    assert said["pubkey"] == settings.own_key().public_hex
    assert said["pubkey"].startswith("30819f30" if foreign.year == 2017 else "30820122")


def test_with_enc_bob_says_everything_encrypted_and_is_understood(bob, foreign, settings):
    settings.PEERNET_CLASSIC_SERVER_ENC = True
    foreign.place("alic001", "198.51.100.7", 10001)
    server.follow()
    assert foreign.reports["bob"]["port"] == "10001"
    assert ClassicPerson.objects.get().user_name == "alic001"
    node._log_off()
    assert "bob" not in foreign.reports
    said = {path: given for path, given in foreign.seen if given}
    assert set(said) == {"/report", "/getList", "/logoff"}
    for given in said.values():
        assert given.pop("enc") == "1"
        assert all(len(text) >= 64 and set(text) <= set("0123456789abcdef") for text in given.values())


def test_without_enc_bob_says_it_clear(bob, foreign):
    server.follow()
    assert all("enc" not in given for _, given in foreign.seen)


@pytest.mark.parametrize("only_text", [False, True])
def test_bob_meets_who_is_listed_and_not_himself_nor_who_is_silent(bob, foreign, alice, only_text):
    foreign.only_text = only_text
    with Door(alice) as door:
        foreign.place("alic001", "127.0.0.1", door.port, alice.public_hex)
        foreign.place("dave", "127.0.0.1", door.port, ago=301)
        server.follow()
        assert alice.requestors[-1] == "bob"
    person = ClassicPerson.objects.get()
    assert (person.user_name, person.port, person.public_key) == ("alic001", door.port, alice.public_hex)
    assert person.person.online


def test_letters_are_held_for_everybody_with_an_account_and_nobody_else(bob, foreign, alice):
    server.follow()
    assert bob.hear(alice.compose("dave", "for later")) == "0"
    assert bob.hear(alice.compose("eve", "for later")) == "3"


def test_a_server_that_does_not_say_who_has_an_account_is_followed_all_the_same(bob, foreign, alice, monkeypatch):
    foreign.unknown, relay.asker._last = ("/listUsers",), 0.0
    alice.requestors = []
    with Door(alice) as door:
        foreign.place("alic001", "127.0.0.1", door.port, alice.public_hex)
        server.follow()
    assert ClassicPerson.objects.get().person.online
    assert alice.requestors == ["bob"]


def test_who_is_gone_from_the_list_is_offline(bob, foreign):
    foreign.place("alic001", "198.51.100.7", 10001)
    server.follow()
    del foreign.reports["alic001"]
    server.follow()
    assert not KnownPerson.objects.get().online


def test_with_the_server_away_the_last_list_counts(bob, foreign, settings):
    foreign.place("alic001", "198.51.100.7", 10001)
    server.follow()
    settings.PEERNET_CLASSIC_SERVER = "http://127.0.0.1:9"
    assert server.follow() == server.EVERY
    assert ClassicPerson.objects.get().ip == "198.51.100.7"
    assert KnownPerson.objects.get().online


@pytest.mark.parametrize("answer", ["2, Unauthenticated User", "", "<html>", "{", '{"0": 1}', "0" * 3_000_000])
def test_an_answer_that_is_no_list_changes_nothing(bob, foreign, answer):
    foreign.place("alic001", "198.51.100.7", 10001)
    server.follow()
    foreign.answers = ["0, User and IP logged", answer]
    assert server.follow() == server.EVERY
    assert KnownPerson.objects.get().online


@pytest.mark.parametrize(
    ("ip", "port"),
    [("example.org", 80), ("0.0.0.0", 1), ("224.0.0.1", 10001), ("10.0.0.1", 0), ("::1%lo", 1)],  # noqa: S104
)
def test_an_entry_that_names_no_single_host_is_passed_over_and_the_others_count(bob, foreign, ip, port):
    foreign.place("alic001", ip, port)
    foreign.place("dave", "198.51.100.8", 10001)
    server.follow()
    assert [person.user_name for person in ClassicPerson.objects.all()] == ["dave"]


def test_the_settings_say_how_bob_stands_with_the_server(bob, foreign, settings):
    assert standing.sentence() == standing.NOT_ASKED
    server.follow()
    assert "knows where you are, as bob." in standing.sentence()
    settings.PEERNET_CLASSIC_PASSWORD = "another"
    server.follow()
    assert "refuses bob: “2, Unauthenticated User”. Check PEERNET_CLASSIC_USER" in standing.sentence()
    settings.PEERNET_CLASSIC_SERVER = "http://127.0.0.1:9"
    server.follow()
    assert "does not answer" in standing.sentence()
    settings.PEERNET_CLASSIC_SERVER = ""
    assert standing.sentence() == standing.NO_SERVER


def test_the_doctor_looks_at_the_server_and_changes_nothing(bob, foreign, settings):
    foreign.place("alic001", "198.51.100.7", 10001)
    (finding,) = classic.findings()
    assert (finding.level, finding.sentence.endswith("knows bob, and lists 1.")) == (Level.OK, True)
    assert "bob" not in foreign.reports
    settings.PEERNET_CLASSIC_PASSWORD = "another"
    (finding,) = classic.findings()
    assert (finding.level, "Check PEERNET_CLASSIC_USER" in finding.sentence) == (Level.FAIL, True)
    settings.PEERNET_CLASSIC_SERVER = "http://127.0.0.1:9"
    assert [each.level for each in classic.findings()] == [Level.WARN]
    settings.PEERNET_CLASSIC_SERVER = ""
    assert [each.sentence for each in classic.findings()] == [standing.NO_SERVER]
    settings.PEERNET_CLASSIC = False
    assert list(classic.findings()) == []


def test_bob_logs_off_when_he_ends(bob, foreign):
    server.follow()
    node._log_off()
    assert "bob" not in foreign.reports


def test_a_wrong_password_is_told_in_the_log_and_stops_nothing(bob, foreign, settings, caplog):
    settings.PEERNET_CLASSIC_PASSWORD = "another"
    assert server.follow() == server.EVERY
    assert "refuses our report: '2, Unauthenticated User'" in caplog.text


def test_a_name_is_no_address_of_a_login_server(settings):
    settings.PEERNET_CLASSIC_SERVER = "http://login.example.org"
    with pytest.raises(TransportError):
        server.LoginServer()
