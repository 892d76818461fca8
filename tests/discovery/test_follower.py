"""The follower and the reporter, against a login server that answers as the story wants."""

import time

import pytest
from django.utils import timezone

from peers import follower, reporter
from peers import own as own_device
from peers.answers import Changes, Presence
from peers.follower import Follower
from peers.login_server import NotSignedIn, Refused, ServerUnreachable
from peers.models import LoginServer, OwnDevice
from peers.older import blocks
from peers.protocol.certificate import DAY, Withdrawal, withdraw
from peers.protocol.codec import encode
from peers.reporter import Reporter
from tests.discovery.conftest import pinned, raw


class Scripted:
    """The client of a login server: each call takes the next answer, or raises it."""

    is_aborted = False

    def __init__(self, server):
        self.server = server
        self.answers: dict[str, list] = {}
        self.asked: list[tuple] = []

    def will(self, call, *answers):
        self.answers.setdefault(call, []).extend(answers)

    def close(self):
        self.asked.append(("close",))

    def __getattr__(self, call):
        def answer(token, *arguments):
            self.asked.append((call, *arguments))
            found = self.answers[call].pop(0)
            if isinstance(found, Exception):
                raise found
            return found

        return answer

    def times(self, call):
        return [each for each in self.asked if each[0] == call]


@pytest.fixture
def client(directory, monkeypatch):
    made = Scripted(directory.server)
    monkeypatch.setattr(follower, "LoginServerClient", lambda server: made)
    monkeypatch.setattr(reporter, "LoginServerClient", lambda server: made)
    return made


@pytest.fixture
def reachable():
    return []


@pytest.fixture
def following(reachable):
    return Follower(reachable.append)


def changes(*told, cursor=5, withdrawals=0):
    return Changes(cursor, False, withdrawals, [raw(each) for each in told])


def test_an_entry_is_applied_and_the_next_question_goes_on_from_there(client, following, directory, alice, reachable):
    client.will("changes", changes(directory.entry(alice)), changes(cursor=5))
    assert following.step() == 0.0
    following.step()
    assert client.times("changes") == [("changes", 0, 25), ("changes", 5, 25)]
    assert len(reachable) == 1
    assert pinned(alice)


def test_an_empty_answer_that_came_at_once_is_not_asked_for_in_a_rush(client, following):
    client.will("changes", changes())
    assert following.step() == 1.0


def test_a_login_server_that_is_away_is_noted_once_and_asked_ever_less(client, following):
    client.will("changes", *[ServerUnreachable()] * 6)
    pauses = [following.step() for _ in range(6)]
    down_since = LoginServer.objects.get().down_since
    assert down_since is not None
    assert 0.5 <= pauses[0] <= 1.0
    assert all(pause <= 15.0 for pause in pauses)
    assert pauses[5] > pauses[0]


def test_the_login_server_is_noted_as_back(client, following, directory):
    LoginServer.objects.update(down_since=timezone.now())
    client.will("changes", changes())
    following.step()
    assert LoginServer.objects.get().down_since is None


def test_a_token_that_ended_signs_the_member_off_everywhere(client, following):
    client.will("changes", NotSignedIn())
    following.step()
    assert LoginServer.objects.get().token == ""
    assert following.step() is None


def test_an_older_token_that_ends_does_not_end_the_newer_sign_in(client, following, monkeypatch):
    def sign_in_meanwhile(*_):
        LoginServer.objects.update(token="newer")  # noqa: S106
        raise NotSignedIn

    monkeypatch.setattr(Follower, "follow", sign_in_meanwhile)
    following.step()
    assert LoginServer.objects.get().token == "newer"  # noqa: S105


def test_a_busy_login_server_says_when_to_come_again(client, following):
    client.will("changes", Refused(429, "too-many-tries", "Later.", 7))
    assert following.step() == 7.0
    assert LoginServer.objects.get().down_since is None


def test_withdrawals_are_fetched_when_their_number_grows(client, following, directory, alice):
    directory.tell(directory.entry(alice))
    gone = encode(withdraw(directory.key, Withdrawal(1, alice.person, alice.id, 1_700_000_000)))
    client.will("changes", changes(withdrawals=1))
    client.will("withdrawals", [gone])
    following.step()
    assert not pinned(alice)


def test_a_forged_withdrawal_counts_for_nothing(client, following, directory, alice, mallory):
    directory.tell(directory.entry(alice))
    forged = encode(withdraw(mallory.key, Withdrawal(1, alice.person, alice.id, 1_700_000_000)))
    client.will("changes", changes(withdrawals=1))
    client.will("withdrawals", [forged])
    following.step()
    assert pinned(alice)


@pytest.fixture
def moves():
    return []


@pytest.fixture
def reporting(bob, moves, settings):
    settings.PEERNET_PEERS_ADDRESSES = ["198.51.100.4:10000"]
    bob.tls_pair = make_pair()
    bob.save()
    certify_until(bob, days=30)
    return Reporter(lambda: moves.append("woke"), lambda: moves.append("moved"))


def make_pair():
    from peernet.server.tls import make_pair

    return make_pair()


def certify_until(bob, days):
    """Give Bob's node a certificate that was issued 30 days before its end."""
    import time

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from peers.protocol.certificate import Certificate, issue

    end = int(time.time()) + days * DAY
    fields = Certificate(bytes(16), bytes(bob.person), "bob", bytes(bob.device), end - 30 * DAY, end)
    bob.certificate = encode(issue(Ed25519PrivateKey.generate(), fields))
    bob.save()


def test_a_report_names_the_card_and_publishes_it_when_it_is_wanted(client, reporting):
    client.will("presence", Presence(0, True, 0))
    client.will("publish_card", None)
    assert reporting.step() == 30.0
    own = OwnDevice.objects.get()
    assert client.times("presence") == [("presence", bytes(own.device), own.card_version)]
    assert client.times("publish_card") == [("publish_card", bytes(own.card))]


def test_a_home_put_back_from_a_copy_makes_a_newer_card_than_the_one_it_forgot_but_once(client, reporting, moves):
    forgotten = int(time.time()) + 1000
    client.will("presence", *[Presence(0, False, 0, card_version=forgotten)] * 2)
    client.will("publish_card", None)
    reporting.step()
    own = OwnDevice.objects.get()
    assert own.card_version == forgotten + 1
    assert client.times("publish_card") == [("publish_card", bytes(own.card))]
    assert "moved" in moves
    # A twin of this home does the same: two that overtook each other for ever would help nobody.
    client.will("presence", Presence(0, False, 0, card_version=forgotten + 2))
    reporting.step()
    assert OwnDevice.objects.get().card_version == forgotten + 1


def test_another_address_makes_another_card_and_tells_whoever_bob_talks_with(client, reporting, moves, settings):
    client.will("presence", Presence(0, False, 0), Presence(0, True, 0))
    client.will("publish_card", None)
    reporting.step()
    moves.clear()
    settings.PEERNET_PEERS_ADDRESSES = ["198.51.100.77:10000"]
    reporting.step()
    assert moves == ["moved"]


def test_a_certificate_is_renewed_at_half_its_life(client, reporting, bob, monkeypatch):
    certify_until(bob, days=14)
    monkeypatch.setattr(reporter.certification, "certify", lambda *_: b"renewed")
    client.will("presence", Presence(0, False, 0))
    reporting.step()
    assert bytes(OwnDevice.objects.get().certificate) == b"renewed"


def test_a_login_server_that_went_back_in_time_is_followed_from_the_start(client, reporting):
    LoginServer.objects.update(cursor=100)
    client.will("presence", Presence(3, False, 0))
    reporting.step()
    assert LoginServer.objects.get().cursor == 0


def test_keys_older_than_eight_days_are_rotated_once(client, reporting, bob):
    OwnDevice.objects.update(keys_made_at=timezone.now() - own_device.KEY_LIFE * 5)
    client.will("presence", *[Presence(0, False, 0)] * 2)
    reporting.step()
    rotated = OwnDevice.objects.get()
    reporting.step()
    assert bytes(rotated.previous_sealing_secret) == bytes(bob.sealing_secret)
    assert bytes(OwnDevice.objects.get().sealing_secret) == bytes(rotated.sealing_secret)


def test_a_clock_that_jumped_means_that_the_machine_slept(client, reporting, moves, monkeypatch):
    client.will("presence", *[Presence(0, False, 0)] * 2)
    reporting.step()
    moves.clear()
    later = reporter.time.time() + 3600
    monkeypatch.setattr(reporter.time, "time", lambda: later)
    reporting.step()
    assert "woke" in moves


def test_names_that_an_admin_blocks_come_with_the_changes(client, following):
    told = ((5, ["mallory"]), (6, None), (7, []))
    client.will("changes", *[Changes(cursor, False, 0, [], [], names) for cursor, names in told])
    following.step()
    following.step()
    assert blocks.is_blocked("Mallory")
    following.step()
    assert not blocks.is_blocked("mallory")


def test_somebody_whose_list_has_not_begun_is_passed_over_quietly(directory, alice, caplog):
    assert directory.tell(directory.entry(alice, statements=[])) == []
    assert not pinned(alice)
    assert caplog.text == ""
