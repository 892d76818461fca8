"""Questions that one statement answers together."""

import asyncio

import pytest

from peers import database


class Statement:
    """Doubles numbers, and keeps who was asked about together."""

    def __init__(self, monkeypatch) -> None:
        self.rounds: list[list[int]] = []
        self.go_on = asyncio.Event()
        monkeypatch.setattr(database, "read", self.read)

    async def read(self, answer, numbers):
        self.rounds.append([*numbers])
        await self.go_on.wait()
        return answer(numbers)


def doubled(numbers):
    if 13 in numbers:
        raise ValueError("no 13 here")
    return [2 * number for number in numbers]


@pytest.fixture
async def statement(monkeypatch) -> Statement:
    return Statement(monkeypatch)


async def asked(together, *numbers):
    tasks = [asyncio.create_task(together.ask(number)) for number in numbers]
    await asyncio.sleep(0.01)
    return tasks


async def test_whoever_asks_while_others_are_answered_is_in_the_next_round(statement):
    together = database.Together(doubled, most=10)
    first = await asked(together, 1)
    rest = await asked(together, 2, 3, 4)
    statement.go_on.set()
    assert await asyncio.gather(*first, *rest) == [2, 4, 6, 8]
    assert statement.rounds == [[1], [2, 3, 4]]


async def test_a_round_is_no_longer_than_it_may_be_and_those_who_wait_longest_come_first(statement):
    together = database.Together(doubled, most=2)
    statement.go_on.set()
    tasks = await asked(together, 1, 2, 3, 4, 5)
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 10]
    assert statement.rounds == [[1, 2], [3, 4], [5]]


async def test_a_failure_is_told_to_all_of_the_round_and_to_nobody_else(statement):
    together = database.Together(doubled, most=2)
    statement.go_on.set()
    tasks = await asked(together, 1, 13, 2)
    assert await tasks[2] == 4
    for task in tasks[:2]:
        with pytest.raises(ValueError, match="no 13"):
            await task


async def test_whoever_hangs_up_does_not_keep_the_others_from_their_answer(statement):
    together = database.Together(doubled, most=2)
    tasks = await asked(together, 1, 2)
    tasks[0].cancel()
    statement.go_on.set()
    assert await tasks[1] == 4
