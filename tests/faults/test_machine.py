"""What a computer does to its node: clocks that jump, full disks, held locks, ends and restarts."""

import threading
import time

import pytest

from tests.faults import table
from tests.faults.disk import disk_of
from tests.faults.scale import LOCKED, QUEUED, WHOLE

DAY = 86400
FORGET_SESSIONS = "OlmSession.objects.all().delete()"


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_clock_that_jumps(town, jump):
    with table.row(f"clock {jump:+d} s and back, on either side") as row, town.trial("clock", heals=True) as trial:
        for node in (town.alice, town.bob):
            for offset in (jump, 0):
                node.orders.give("clock", offset)
                # A session that is lost must be healed whatever the clock says of the last time.
                town.bob.auditor.run(FORGET_SESSIONS)
                trial.say(town.alice, town.bob, 3)
                trial.say(town.bob, town.alice, 3)
                trial.settle()
                row.times += 1
        trial.end()
        row.messages, row.verdict = trial.count, trial.verdict


def test_the_recipients_disk_is_full(town):
    with table.row("disk full, recipient") as row, town.trial("their disk") as trial:
        with disk_of(town.bob) as disk:
            trial.say(town.alice, town.bob, 1)
            trial.settle()
            disk.fill()
            before = town.alice.auditor.last_attempt()
            trial.say(town.alice, town.bob, 5)
            town.alice.auditor.wait_for_outcome("HTTP 507", since=before)
            assert len(trial.arrived(town.alice, town.bob)) == 1
            disk.free()
            if WHOLE:
                # Half a minute, which the node asked for; else a restart makes it sooner.
                trial.settle()
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def test_the_senders_disk_is_full(town):
    with table.row("disk full, sender") as row, town.trial("our disk") as trial:
        with disk_of(town.alice) as disk:
            speaker = trial.speaker(town.alice, town.bob)
            disk.fill()
            # A page may fit into what the database has left over; the rest is refused, with a sentence.
            speaker.think(200)
            speaker.try_to_say()
            assert speaker.refused
            assert all("disk" in sentence for sentence in speaker.sentences)
            disk.free()
            speaker.say_refused_again()
            trial.settle()
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


@pytest.mark.parametrize("side", ["sender", "recipient"])
def test_a_write_lock_that_is_held(town, side):
    holder = town.alice if side == "sender" else town.bob
    with table.row(f"write lock held {LOCKED} s, {side}") as row, town.trial(f"lock {side}") as trial:
        holder.auditor.run("from django.db import connection; connection.cursor().execute('BEGIN IMMEDIATE')")
        speaker = trial.speaker(town.alice, town.bob)
        speaker.think(5)
        speaking = threading.Thread(target=speaker.say_all)
        speaking.start()
        time.sleep(LOCKED)
        holder.auditor.run("from django.db import connection; connection.cursor().execute('ROLLBACK')")
        speaking.join()
        speaker.say_refused_again()
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def test_sigterm_under_load(town):
    with table.row("SIGTERM under load, either side") as row, town.trial("sigterm") as trial:
        for node in (town.alice, town.bob):
            speakers = [trial.speaker(town.alice, town.bob), trial.speaker(town.bob, town.alice)]
            for speaker in speakers:
                speaker.think(200)
            speaking = [threading.Thread(target=speaker.say_all) for speaker in speakers]
            before = trial.count
            for thread in speaking:
                thread.start()
            _wait(lambda before=before: trial.count > before + 20)
            began = time.monotonic()
            assert node.stop() == 0
            assert time.monotonic() - began < 10
            node.start()
            for thread in speaking:
                thread.join()
            row.times += 1
        trial.end()
        row.messages, row.verdict = trial.count, trial.verdict


def test_sigterm_while_a_courier_waits_for_an_answer(town):
    with table.row("SIGTERM while a request hangs") as row, town.trial("sigterm, hanging") as trial:
        town.bob.proxy.requests.hold()
        trial.say(town.alice, town.bob, 3)
        assert town.bob.proxy.requests.reached.wait(10)
        began = time.monotonic()
        assert town.alice.stop() == 0
        assert time.monotonic() - began < 10
        town.bob.proxy.reset()
        town.alice.start()
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def test_a_restart_with_many_queued(town):
    with table.row(f"restart with {QUEUED} queued") as row, town.trial("queue") as trial:
        town.bob.kill()
        trial.say(town.alice, town.bob, QUEUED)
        town.alice.kill()
        began = time.monotonic()
        town.alice.start()
        assert town.alice.browser.get("/").status_code == 200
        assert time.monotonic() - began < 5 * SLOWNESS
        town.bob.start()
        trial.patience = 600
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


# A start takes longer where other tests run at the same time.
SLOWNESS = 3


def _wait(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
