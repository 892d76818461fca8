"""Random kills, partitions and a bad network, while both talk."""

import random

from tests.faults import storm, table
from tests.faults.scale import MESSAGES, RANDOM_KILLS, SEED


def test_random_kills_and_partitions_lose_and_double_nothing(town):
    partitions = max(3, RANDOM_KILLS // 3)
    faults = [storm.kill] * RANDOM_KILLS + [storm.part, storm.deafen, storm.silence] * (partitions // 3)
    random.Random(SEED).shuffle(faults)
    with table.row(f"random kills and partitions, both ways, seed {SEED}") as row, town.trial("storm") as trial:
        storm.Storm(trial, town.alice, town.bob, SEED).rage(MESSAGES, faults)
        trial.end()
        row.times, row.messages, row.verdict = len(faults), trial.count, trial.verdict
