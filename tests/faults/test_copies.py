"""Yesterday's copy of a home put back, and a home that runs twice."""

import pytest

from tests.faults import table
from tests.faults.town import FaultyNode

NOTICES = "from messaging.models import Notice\nresult = Notice.objects.filter(code='stream-restarted').count()"


@pytest.mark.parametrize("side", ["alice", "bob"])
def test_yesterdays_copy_of_a_home(town, side):
    """Both have talked on since. The other side holds all of it, and whoever was put back gets it again."""
    restored = town.alice if side == "alice" else town.bob
    with table.row(f"yesterday's copy of {side}'s home put back") as row, town.trial("copy", heals=True) as trial:
        _talk(trial, town, 3)
        restored.kill()
        copy = restored.copy_home("yesterday")
        restored.start()
        _talk(trial, town, 4)
        restored.kill()
        restored.put_back(copy)
        restored.start()
        # Nobody says a word, and still what was lost comes back.
        trial.until(lambda: trial.look().is_clean, 20)
        assert trial.look().is_clean, trial.look()
        _talk(trial, town, 5)
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def test_a_copy_from_before_a_key_rotation_and_a_new_address(town):
    """The copy holds an older card of its own, and not the keys that the others seal to."""
    with table.row("a copy with older keys and another address put back") as row:
        with town.trial("old keys", heals=True) as trial:
            _talk(trial, town, 2)
            town.bob.kill()
            copy = town.bob.copy_home("old keys")
            town.bob.auditor.run(ROTATE)
            old = town.bob.move()
            town.bob.start()
            trial.until(lambda: town.alice.auditor.run(ADDRESS) == town.bob.proxy.address, 60)
            _talk(trial, town, 3)
            town.bob.kill()
            town.bob.put_back(copy)
            older = town.bob.move()
            town.bob.start()
            trial.until(lambda: town.alice.auditor.run(ADDRESS) == town.bob.proxy.address, 60)
            _talk(trial, town, 4)
            trial.end()
            for proxy in (old, older):
                proxy.close()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


ROTATE = """
from datetime import timedelta
from django.utils import timezone
OwnDevice.objects.update(keys_made_at=timezone.now() - timedelta(days=9))
"""
ADDRESS = """
from peers.protocol.card import read_card
from peers.protocol.codec import decode
from peers.protocol.signing import Signed
result = read_card(decode(Signed, bytes(PeerDevice.objects.get(person__user_name="bob").card))).addresses[0]
"""


def test_a_home_that_is_copied_and_run_twice(town):
    with table.row("a home copied and run twice") as row, town.trial("twice", heals=True) as trial:
        _talk(trial, town, 2)
        town.alice.kill()
        copy = town.alice.copy_home("twin")
        twin = FaultyNode.twin_of(town.alice, copy)
        town.alice.start()
        twin.start()
        try:
            # Under the same numbers, and more of them here than there.
            for count in (1, 3, 2):
                trial.say(town.alice, town.bob, count)
                trial.say(twin, town.bob, count + 1)
                trial.settle()
            assert twin.auditor.run(NOTICES) + town.alice.auditor.run(NOTICES)
            trial.end()
        finally:
            twin.close()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict
        # Whoever goes on with the first home goes on with everything.
        town.alice.restart()
        trial.say(town.bob, town.alice, 2)
        trial.end()


def _talk(trial, town, count):
    trial.say(town.alice, town.bob, count)
    trial.say(town.bob, town.alice, count)
    trial.settle()
