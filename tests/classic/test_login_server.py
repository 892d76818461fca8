"""The classic login server: Alice and Bob have app passwords, Carol has none, Mallory attacks."""

import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from accounts import app_passwords
from accounts.models import Person
from peers import database
from peers.classic.login import encrypt_argument, password_hash
from peers.classic.year import Year
from peers.models import ClassicBlock, ClassicReport
from peers.older import blocks, login_limits

pytestmark = pytest.mark.django_db
UNAUTHENTICATED = "2, Unauthenticated User"


@pytest.fixture(autouse=True)
def door(settings, monkeypatch):
    settings.ROOT_URLCONF = "peernet.urls_classic_login"
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.PEERNET_CLASSIC = True
    monkeypatch.setattr(database, "run", lambda function, *args: sync_to_async(function)(*args))
    login_limits.limiter().storage.reset()


class Classic:
    """A classic client of one person."""

    def __init__(self, name: str, raw: str, year: Year = Year.Y2018, address: str = "10.0.0.7") -> None:
        self.name, self.client = name, Client(REMOTE_ADDR=address)
        self.credentials = {"username": name, "password": password_hash(year, raw, name)}

    def call(self, path: str, **arguments) -> str:
        return self.send(path, self.credentials | arguments)

    def send(self, path: str, arguments: dict) -> str:
        answer = self.client.get(f"/{path}", arguments)
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain")
        return answer.content.decode()

    def report(self, **changes) -> str:
        return self.call("report", **({"location": "2", "ip": "10.0.0.7", "port": "10001"} | changes))


def member(name: str, **changes) -> Classic:
    person = Person.objects.create(user_name=name, is_active=True)
    return Classic(name, app_passwords.make(person, "test", "")[1], **changes)


def test_a_name_that_an_admin_blocked_is_unknown_and_listed_nowhere(alice, bob):
    alice.report()
    ClassicBlock.objects.create(name="alice")
    blocks.forget()
    try:
        assert alice.report() == UNAUTHENTICATED
        assert bob.call("getList") == "0, Online user list returned\r\n"
        assert bob.send("listUsers", {}) == "bob"
        assert blocks.for_nodes(1) == {"classic_blocked": ["alice"]}
    finally:
        blocks.forget()


@pytest.fixture
def alice() -> Classic:
    return member("alice")


@pytest.fixture
def bob() -> Classic:
    return member("bob")


@pytest.fixture
def carol() -> Person:
    return Person.objects.create(user_name="carol", is_active=True)


def test_alice_reports_and_bob_finds_her(alice, bob):
    assert alice.report() == "0, User and IP logged"
    head, line, rest = bob.call("getList").split("\r\n")
    assert head == "0, Online user list returned"
    assert line.startswith("alice,2,10.0.0.7,10001,")
    assert line.count(",") == 4
    assert rest == ""


def test_the_list_as_json_holds_strings_and_the_key_that_was_reported(alice, small_key):
    alice.report(pubkey=small_key.public_hex)
    (entry,) = json.loads(alice.call("getList", json="1")).values()
    assert entry["publicKey"] == small_key.public_hex
    assert set(map(type, entry.values())) == {str}


def test_an_empty_list_is_an_empty_object(alice):
    assert alice.call("getList", json="1") == "{}"


def test_a_form_is_taken_as_well(alice):
    fields = alice.credentials | {"location": "0", "ip": "10.0.0.7", "port": "10001"}
    assert alice.client.post("/report", fields, content_type="application/x-www-form-urlencoded").status_code == 200
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    answer = alice.client.post("/report", query, content_type="application/x-www-form-urlencoded")
    assert answer.content == b"0, User and IP logged"


def test_with_enc_1_every_argument_is_encrypted(alice):
    fields = alice.credentials | {"location": "2", "ip": "10.0.0.7", "port": "10001"}
    sealed = {name: encrypt_argument(value) for name, value in fields.items()}
    assert alice.send("report", sealed | {"enc": "1"}) == "0, User and IP logged"
    sealed = {name: encrypt_argument(value) for name, value in (alice.credentials | {"json": "1"}).items()}
    assert "0" in json.loads(alice.send("getList", sealed | {"enc": "1"}))


def test_with_enc_1_a_clear_argument_gets_6(alice):
    assert alice.call("getList", enc="1") == "6, Decryption Failed"


def test_a_2017_client_signs_in_where_the_year_is_2017(settings):
    settings.PEERNET_CLASSIC_YEAR = 2017
    assert member("dave", year=Year.Y2017).report() == "0, User and IP logged"


def test_logging_off_shows_alice_as_gone_at_once(alice, bob):
    alice.report()
    assert alice.call("logoff") == "0, Logged off successfully"
    assert "alice" not in bob.call("getList")


def test_five_minutes_of_silence_are_offline(alice, bob):
    alice.report()
    ClassicReport.objects.update(reported_at=timezone.now() - timedelta(minutes=5, seconds=1))
    assert "alice" not in bob.call("getList")


def test_only_people_with_an_app_password_are_listed_as_users(alice, bob, carol):
    assert alice.send("listUsers", {}) == "alice,bob"


def test_a_person_without_an_app_password_gets_2(carol):
    assert Classic("carol", "anything").report() == UNAUTHENTICATED


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(alice):
    assert Classic("alice", "wrong").report() == Classic("nobody", "wrong").report() == UNAUTHENTICATED


def test_a_revoked_person_is_gone_from_every_answer(alice, bob):
    alice.report()
    person = Person.objects.get(user_name="alice")
    app_passwords.revoke(person, person.app_passwords.get().pk, "")
    assert alice.call("getList") == UNAUTHENTICATED
    assert "alice" not in bob.call("getList") + bob.send("listUsers", {})


@pytest.mark.parametrize("name", ["username", "password", "location", "ip", "port"])
def test_a_missing_field_gets_1(alice, name):
    assert alice.report(**{name: ""}) == "1, Missing Compulsory Field"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"location": "3"}, "8"),
        ({"location": "home"}, "8"),
        ({"port": "0"}, "8"),
        ({"port": "99999"}, "8"),
        ({"port": "1e3"}, "8"),
        ({"ip": "example.com"}, "8"),
        ({"ip": "10.0.0.7/../"}, "8"),
        ({"ip": "127.0.0.1"}, "3"),
        ({"ip": "0.0.0.0"}, "3"),  # noqa: S104
        ({"ip": "224.0.0.1"}, "3"),
        ({"ip": "169.254.169.254"}, "3"),
        ({"pubkey": "00ff"}, "9"),
        ({"pubkey": "zz"}, "9"),
        ({"username": "al ice"}, "4"),
        ({"username": "a,b"}, "4"),
        ({"enc": "2"}, "8"),
        ({"location": "\0"}, "8"),
    ],
)
def test_a_bad_value_gets_its_code_and_nothing_is_stored(alice, changes, code):
    assert alice.report(**changes).partition(",")[0] == code
    assert not ClassicReport.objects.exists()


def test_from_the_open_internet_nobody_reports_anothers_address(alice):
    alice.client = Client(REMOTE_ADDR="8.8.8.8")
    assert alice.report(ip="9.9.9.9").startswith("3,")
    assert alice.report(ip="8.8.8.8").startswith("0,")


def test_a_client_on_this_computer_may_report_this_computer(alice):
    alice.client = Client(REMOTE_ADDR="127.0.0.1")
    assert alice.report(ip="127.0.0.1") == "0, User and IP logged"


def test_an_address_in_the_clothes_of_ipv6_counts_as_what_it_is(alice):
    alice.client = Client(REMOTE_ADDR="::ffff:8.8.8.8")
    assert alice.report(ip="9.9.9.9").startswith("3,")
    assert alice.report(ip="::ffff:8.8.8.8").startswith("0,")
    assert ClassicReport.objects.get().ip == "8.8.8.8"
    assert alice.report(ip="::ffff:127.0.0.1").startswith("3,")


def test_ten_calls_a_minute_are_the_most_and_reports_do_not_count(alice):
    for _ in range(10):
        assert alice.report().startswith("0")
        assert alice.call("getList").startswith("0")
    assert alice.call("getList") == "7, API limit reached"
    assert alice.report().startswith("0")


def test_mallory_can_lock_nobody_but_herself_out(alice):
    mallory = Classic("alice", "guess", address="10.6.6.6")
    answers = [mallory.call("getList") for _ in range(61)]
    assert answers[0] == UNAUTHENTICATED
    assert answers[-1] == "7, API limit reached"
    assert alice.call("getList").startswith("0")


def test_the_calls_are_listed(alice):
    assert "/getList" in alice.send("listAPI", {})


def test_everything_else_is_nothing(alice):
    for path in ("/", "/admin/", "/app-passwords/", "/api/v1/me", "/report/"):
        assert alice.client.get(path).status_code == 404


def test_the_door_gives_no_cookie(alice):
    assert not alice.client.get("/listAPI").cookies
