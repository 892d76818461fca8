"""Who is there: heard within 90 seconds. A report that changes nothing writes nothing."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import devices, services
from accounts.models import ApiToken, PersonDevice
from peers import presence
from peers.directory import last_change
from peers.models import DirectoryEntry
from tests.accounts.conftest import PASSWORD
from tests.directory.conftest import MemberNode


def later(seconds):
    return time.time() + seconds


def refusal(answer):
    return answer.status_code, answer.json()["error"]


def test_a_report_shows_alice_online(alices, bobs):
    assert not bobs.sees(alices)["online"]
    assert alices.report().status_code == 200
    assert bobs.sees(alices)["online"]


def test_a_report_is_answered_with_what_there_is_to_fetch(alices):
    assert alices.report(version=1).json() == {
        "cursor": last_change(),
        "card_version": 0,
        "card_wanted": True,
        "withdrawals": 0,
        "interval": 30,
    }
    alices.publish(1)
    assert not alices.report(version=1).json()["card_wanted"]
    assert alices.report(version=2).json()["card_wanted"]


def test_a_report_tells_of_a_new_withdrawal(alices, bobs):
    assert alices.report().json()["withdrawals"] == 0
    devices.withdraw(bobs.row)
    assert alices.report().json()["withdrawals"] == 1


def test_a_second_report_writes_nothing_and_asks_one_question(alices):
    alices.report()
    change = last_change()
    alices.report()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        presence.report(alices.token, alices.device.id, 1)
    assert [each["sql"].split()[0] for each in asked] == ["SELECT"]
    assert last_change() == change


def test_without_a_token_nobody_is_shown_online(alices, node):
    assert refusal(node.post("presence", device=alices.device.id.hex(), version=1)) == (401, "not-signed-in")
    assert not alices.entry.online


def test_mallory_cannot_show_alice_online(alices, mallorys):
    answer = mallorys.post("presence", device=alices.device.id.hex(), version=1)
    assert refusal(answer) == (403, "device-refused")
    assert not alices.entry.online
    assert cache.get(presence.key_of(alices.device.id)) is None


def test_mallory_cannot_keep_alice_online_after_she_left(alices, mallorys):
    alices.report()
    mallorys.post("presence", device=alices.device.id.hex(), version=1)
    assert presence.sweep(later(91)) == 1
    assert not alices.entry.online


def test_a_device_that_was_never_certified_is_not_shown(alices):
    assert refusal(alices.post("presence", device="ab" * 32, version=1)) == (403, "device-refused")
    assert DirectoryEntry.objects.count() == 1


def test_a_token_speaks_for_one_device(alices, alice):
    other = MemberNode(alice)
    alices.report()
    answer = alices.post("presence", device=other.device.id.hex(), version=1)
    assert refusal(answer) == (403, "device-refused")


def test_a_token_of_a_new_sign_in_speaks_for_the_device_that_reports(alices, alice):
    """A node signs in again; its certificate still runs."""
    alices.sign_in("alice", alice.fresh_code())
    assert alices.report().status_code == 200
    alices.post("sign-off")
    assert not alices.entry.online


@pytest.mark.parametrize(
    "fields",
    [
        {"device": "", "version": 1},
        {"device": "ab" * 31, "version": 1},
        {"device": "AB" * 32, "version": 1},
        {"device": "ab" * 32, "version": "1"},
        {"device": "ab" * 32, "version": 1.5},
        {"device": "ab" * 32, "version": 10**40},
        {"device": "ab" * 32},
        {"device": "ab" * 32, "version": 1, "online": True},
    ],
)
def test_a_malformed_report_is_refused(alices, fields):
    assert alices.post("presence", **fields).status_code == 422


def test_signing_off_shows_alice_offline_at_once(alices, bobs):
    alices.report()
    alices.post("sign-off")
    seen = bobs.sees(alices)
    assert not seen["online"]
    assert timezone.now() - datetime.fromisoformat(seen["last_seen"]) < timedelta(seconds=5)


def test_closing_the_account_shows_alice_offline_at_once(alices, bobs, alice):
    alices.report()
    services.deactivate(alice.person)
    seen = bobs.sees(alices)
    assert (seen["online"], seen["active"], seen["withdrawn"]) == (False, False, True)
    assert alices.report().status_code == 401


def test_a_withdrawn_device_is_offline_at_once_and_for_good(alices, bobs, alice):
    alices.report()
    devices.withdraw(alices.row)
    seen = bobs.sees(alices)
    assert (seen["online"], seen["active"], seen["withdrawn"]) == (False, True, True)
    assert alices.report().status_code == 401
    alices.sign_in("alice", alice.fresh_code())
    assert refusal(alices.report()) == (403, "device-refused")
    assert not alices.entry.online


def test_an_expired_certificate_is_not_shown_online(alices):
    PersonDevice.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refusal(alices.report()) == (403, "device-refused")


def test_a_new_password_shows_alices_other_device_offline(alices, alice):
    other = MemberNode(alice)
    alices.report()
    other.report()
    fields = {"password": PASSWORD, "code": alice.fresh_code(), "new_password": "another long password"}
    assert alices.post("password", **fields).status_code == 200
    assert (alices.entry.online, other.entry.online) == (True, False)


def test_whoever_is_silent_for_ninety_seconds_is_offline_since_they_were_heard(alices):
    alices.report()
    heard = time.time()
    assert presence.sweep(later(89)) == 0
    assert alices.entry.online
    assert presence.sweep(later(91)) == 1
    assert not alices.entry.online
    assert abs(alices.entry.last_seen - datetime.fromtimestamp(heard, UTC)) < timedelta(seconds=2)


def test_whoever_comes_back_is_shown_again(alices, bobs):
    alices.report()
    presence.sweep(later(91))
    alices.report()
    assert bobs.sees(alices)["online"]


def test_whoever_reports_while_the_sweep_decides_stays(alices):
    alices.report()
    key = presence.key_of(alices.device.id)
    cache.set(key, later(-91))
    silent = [alices.entry.pk]
    alices.report()
    presence.turn_offline(silent, {silent[0]: key}, time.time())
    assert alices.entry.online


def test_whoever_was_online_before_a_restart_and_does_not_return_goes_offline(alices):
    """What was heard is not kept over a restart: the row says when they came."""
    alices.report()
    came = alices.entry.last_seen
    cache.clear()
    presence.sweep(time.time())
    assert (alices.entry.online, alices.entry.last_seen) == (False, came)


def test_the_sweeper_waits_out_the_grace_and_ends_cleanly(monkeypatch):
    swept = []
    monkeypatch.setattr(presence, "sweep", swept.append)
    sweeper = presence.Sweeper(every=0.01, grace=0.2)
    sweeper.start()
    assert not swept
    wait_for(lambda: len(swept) > 2)
    sweeper.stop()
    assert not sweeper._thread.is_alive()


def test_the_sweeper_goes_on_after_a_failure(monkeypatch):
    calls = []

    def sweep(now):
        calls.append(now)
        if len(calls) == 1:
            raise OperationalError("database is locked")

    monkeypatch.setattr(presence, "sweep", sweep)
    sweeper = presence.Sweeper(every=0.01, grace=0)
    sweeper.start()
    wait_for(lambda: len(calls) > 1)
    sweeper.stop()


def wait_for(happened):
    deadline = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_reports_keep_a_token_alive_for_ninety_days_at_most(alices):
    signed_in = timezone.now() - timedelta(days=88)
    ends_soon = timezone.now() + timedelta(hours=1)
    ApiToken.objects.update(created_at=signed_in, expires_at=ends_soon)
    assert alices.report().status_code == 200
    assert ApiToken.objects.get().expires_at == signed_in + timedelta(days=90)
    assert alices.report().status_code == 200
