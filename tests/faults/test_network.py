"""Receipts that are lost, doubled, late or another's, and networks that work one way only."""

import pytest

from tests.faults import table
from tests.faults.scale import ROUNDS, SEED

BUNDLES = 8


@pytest.mark.parametrize("fault", ["lost", "repeated", "late", "swapped"])
def test_a_receipt_that_is(town, fault):
    with table.row(f"receipts {fault}") as row, town.trial(fault) as trial:
        town.alice.orders.give("weather", {fault: 0.5, "seed": SEED})
        for _ in range(BUNDLES * ROUNDS):
            trial.say(town.alice, town.bob, 2)
            trial.settle()
        town.alice.orders.withdraw("weather")
        trial.end()
        row.times, row.messages, row.verdict = BUNDLES * ROUNDS, trial.count, trial.verdict


def test_a_receipt_that_is_held_for_long(town):
    with table.row("receipt held, then let through") as row, town.trial("held") as trial:
        _warm(trial, town)
        town.bob.proxy.answers.hold()
        trial.say(town.alice, town.bob, 3)
        assert town.bob.proxy.answers.reached.wait(10)
        trial.say(town.bob, town.alice, 3)
        town.bob.proxy.answers.open()
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def test_bytes_that_come_twice(town):
    with table.row("bytes repeated inside TLS") as row, town.trial("bytes twice") as trial:
        for way in (town.bob.proxy.requests, town.bob.proxy.answers):
            _warm(trial, town)
            way.repeat_next()
            trial.say(town.alice, town.bob, 3)
            trial.settle()
        trial.end()
        row.times, row.messages, row.verdict = 2, trial.count, trial.verdict


@pytest.mark.parametrize("way", ["requests", "answers"])
def test_a_network_that_works_one_way_only(town, way):
    with table.row(f"one direction only: {way} swallowed") as row, town.trial(f"no {way}") as trial:
        _warm(trial, town)
        getattr(town.bob.proxy, way).drop()
        trial.say(town.alice, town.bob, 3)
        assert getattr(town.bob.proxy, way).reached.wait(10)
        trial.say(town.bob, town.alice, 3)
        town.bob.proxy.reset()
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def test_a_network_that_is_slow(town):
    with table.row("every piece delayed") as row, town.trial("slow") as trial:
        town.bob.proxy.requests.delay = town.bob.proxy.answers.delay = 0.2
        trial.say(town.alice, town.bob, 10)
        trial.say(town.bob, town.alice, 10)
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def test_a_partition_of_both_directions_ends_with_a_knock(town):
    with table.row("partition of both directions, and a restart after it") as row, town.trial("partition") as trial:
        for node in (town.alice, town.bob):
            node.proxy.cut()
        trial.say(town.alice, town.bob, 5)
        trial.say(town.bob, town.alice, 5)
        for node in (town.alice, town.bob):
            node.proxy.mend()
        town.bob.restart()
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def _warm(trial, town):
    """Open a connection, so that the next bytes are a request or a receipt."""
    trial.say(town.alice, town.bob, 1)
    trial.settle()
