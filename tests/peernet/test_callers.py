"""What a view may say of a connection."""

from collections import Counter

import pytest

from peernet.server import callers
from peernet.server.callers import Caller


class Channel:
    """Notes when its connection is read."""

    def __init__(self) -> None:
        self.transport, self.is_read = self, True

    def pauseProducing(self) -> None:
        self.is_read = False

    def resumeProducing(self) -> None:
        self.is_read = True


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def counts() -> tuple[Counter[str], Counter[str]]:
    return Counter(), Counter()


@pytest.fixture
def line(channel, counts) -> Caller:
    return Caller(channel, "192.0.2.7", *counts)


def test_a_line_that_shall_rest_is_read_until_the_answer_is_out(channel, line):
    line.rest()
    assert channel.is_read
    line.answered()
    assert not channel.is_read
    line.go_on()
    assert channel.is_read


def test_a_line_that_may_go_on_before_the_answer_is_out_does_not_rest(channel, line):
    line.rest()
    line.go_on()
    line.answered()
    assert channel.is_read


def test_a_line_counts_among_the_strangers_until_a_member_calls(line, counts):
    strangers, members = counts
    assert (strangers.total(), members.total()) == (1, 0)
    line.welcome()
    line.welcome()
    assert (strangers.total(), members.total()) == (0, 1)
    line.end()
    assert (strangers, members) == (Counter(), Counter())


def test_where_no_member_has_room_any_more_a_line_stays_a_strangers(line, counts, monkeypatch):
    monkeypatch.setattr(callers, "MEMBERS_PER_ADDRESS", 0)
    line.welcome()
    assert counts[0].total() == 1
