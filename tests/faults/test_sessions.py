"""Ratchets that are lost, started twice or rotated, and numbers that are given up."""

from tests.faults import table
from tests.faults.scale import ROUNDS

FORGET = "OlmSession.objects.all().delete()"
DAMAGE = "OlmSession.objects.all().update(state='AAAA')"
ROTATE = """
from datetime import timedelta
from django.utils import timezone
OwnDevice.objects.update(keys_made_at=timezone.now() - timedelta(days=9))
"""
HOW_MANY = "result = OlmSession.objects.filter(retired=False).count()"
CANCEL = """
from messaging import services
for message in Message.objects.filter(text__in={words!r}):
    services.cancel(message)
"""


def test_a_missing_session_row(town):
    _lose(town, "session rows missing", FORGET)


def test_a_damaged_session_row(town):
    _lose(town, "session rows damaged", DAMAGE)


def _lose(town, fault, how):
    with table.row(f"{fault}, on either side") as row, town.trial(fault, heals=True) as trial:
        for _ in range(ROUNDS):
            for node in (town.alice, town.bob):
                node.auditor.run(how)
                trial.say(town.alice, town.bob, 3)
                trial.say(town.bob, town.alice, 3)
                trial.settle()
                row.times += 1
        trial.end()
        row.messages, row.verdict = trial.count, trial.verdict


def test_both_sides_start_at_once(town):
    with table.row("both sides start a session at once") as row, town.trial("both start") as trial:
        for _ in range(ROUNDS):
            for node in (town.alice, town.bob):
                node.proxy.cut()
                node.auditor.run(FORGET)
            trial.say(town.alice, town.bob, 3)
            trial.say(town.bob, town.alice, 3)
            for node in (town.alice, town.bob):
                node.proxy.mend()
            town.bob.restart()
            trial.settle()
            trial.say(town.alice, town.bob, 3)
            trial.say(town.bob, town.alice, 3)
            trial.settle()
            row.times += 1
        trial.end()
        assert town.alice.auditor.run(LOWEST) == town.bob.auditor.run(LOWEST)
        row.messages, row.verdict = trial.count, trial.verdict


LOWEST = "result = min(OlmSession.objects.filter(retired=False).values_list('session_id', flat=True))"


def test_keys_that_rotate_while_envelopes_wait_for_them(town):
    with table.row("key rotation with a queue, once and twice") as row, town.trial("keys", heals=True) as trial:
        for rotations in (1, 2):
            town.bob.proxy.cut()
            # Sealed by a session that starts from the key that Bob is about to replace.
            town.alice.auditor.run(FORGET)
            trial.say(town.alice, town.bob, 5)
            for _ in range(rotations):
                before = town.bob.auditor.run(CARD)
                town.bob.auditor.run(ROTATE)
                town.bob.restart()
                _until(lambda before=before: town.bob.auditor.run(CARD) > before)
            town.bob.auditor.run(FORGET)
            town.bob.proxy.mend()
            town.bob.restart()
            trial.settle()
            row.times += 1
        trial.end()
        row.messages, row.verdict = trial.count, trial.verdict


CARD = "result = OwnDevice.objects.get().card_version"


def test_a_voided_envelope(town):
    with table.row("envelopes voided in a queue") as row, town.trial("void") as trial:
        town.bob.proxy.cut()
        words = trial.say(town.alice, town.bob, 5)
        trial.failed |= {words[1], words[3]}
        town.alice.auditor.run(CANCEL.format(words=[words[1], words[3]]))
        town.bob.proxy.mend()
        town.bob.restart()
        trial.end()
        row.times, row.messages, row.verdict = 2, trial.count, trial.verdict


def test_an_envelope_that_is_voided_when_it_has_arrived_already(town):
    with table.row("voided too late") as row, town.trial("too late") as trial:
        trial.say(town.alice, town.bob, 1)
        trial.settle()
        town.bob.proxy.answers.drop()
        words = trial.say(town.alice, town.bob, 1)
        _until(lambda: len(trial.arrived(town.alice, town.bob)) == 2)
        town.alice.auditor.run(CANCEL.format(words=words))
        town.bob.proxy.reset()
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def _until(condition, seconds=60):
    import time

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
