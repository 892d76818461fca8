"""Peers that are dead, refuse, talk rubbish, or have moved."""

import time

from tests.faults import table
from tests.faults.scale import QUEUED, WHOLE


def test_a_dead_peer_beside_a_live_one(town):
    """The second limit is the catalogue's; the first allows for a machine that runs other tests."""
    with table.row(f"a dead peer with {QUEUED} queued beside a live one") as row, town.trial("beside") as trial:
        trial.say(town.alice, town.carol, QUEUED)
        times = sorted(_time_to_bob(town, trial) for _ in range(20))
        assert times[18] < (2 if WHOLE else 5)
        town.carol.start()
        trial.patience = 600
        trial.settle()
        trial.end()
        town.carol.kill()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def _time_to_bob(town, trial):
    began = time.monotonic()
    trial.say(town.alice, town.bob, 1)
    trial.settle_between(town.alice, town.bob)
    return time.monotonic() - began


def test_one_envelope_that_is_always_refused(town):
    with table.row("one envelope always refused") as row, town.trial("refused") as trial:
        speaker = trial.speaker(town.alice, town.bob)
        town.bob.orders.give("refuse", f"{speaker.mark}000002")
        trial.failed.add(f"{speaker.mark}000002")
        trial.say(town.alice, town.bob, 5)
        trial.end()
        (refused,) = (row for row in town.alice.auditor.messages(speaker.mark) if row["state"] == "failed")
        assert refused["reason"] == "Their node refused this message."
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def test_a_peer_that_answers_200_with_rubbish(town):
    with table.row("200 with rubbish") as row, town.trial("rubbish") as trial:
        town.bob.orders.give("rubbish")
        trial.say(town.alice, town.bob, 3)
        town.alice.auditor.wait_for_outcome("Malformed")
        assert not trial.look().wrong_state
        town.bob.orders.withdraw("rubbish")
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def test_a_new_address_while_another_node_answers_at_the_old_one(town):
    with table.row("a new address; another node at the old one") as row, town.trial("moved") as trial:
        town.bob.kill()
        trial.say(town.alice, town.bob, 3)
        town.carol.start()
        town.bob.proxy.target = town.carol.peers_port
        town.bob.proxy.reset()
        old = town.bob.move()
        town.alice.auditor.wait_for_outcome("WrongFingerprint")
        town.bob.start()
        trial.settle(30)
        trial.end()
        town.carol.kill()
        old.close()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict
