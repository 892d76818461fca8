"""`kill -9` at the eight places where a message could be lost or doubled."""

import pytest

from tests.faults import table
from tests.faults.kills import PLACES
from tests.faults.scale import KILLS


@pytest.mark.parametrize("place", PLACES)
def test_a_kill_loses_and_doubles_nothing(town, place):
    with table.row(f"kill: {place}") as row, town.trial(place) as trial:
        for _ in range(KILLS):
            PLACES[place](trial, town.alice, town.bob)
            row.times += 1
        trial.end()
        row.verdict, row.messages = trial.verdict, trial.count
