"""How much may be under way with one page, either way."""

import pytest
from autobahn.websocket.protocol import WebSocketProtocol
from twisted.internet.task import Clock

from peernet.server import lines
from peernet.server.lines import Line, PageProtocol


class Connection:
    """Stands where Twisted stands."""

    def __init__(self):
        self.is_read, self.is_aborted, self.taken = True, False, 0
        self.transport = self

    def pauseProducing(self):
        self.is_read = False

    def resumeProducing(self):
        self.is_read = True

    def abortConnection(self):
        self.is_aborted = True

    def consumeData(self):
        self.taken += 1


@pytest.fixture
def connection():
    return Connection()


@pytest.fixture
def line(connection):
    return Line(connection)


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr("twisted.internet.reactor", made)
    return made


def test_a_page_is_read_until_many_of_its_frames_are_under_way_and_again_when_half_of_them_are_done(line, connection):
    for _ in range(lines.MOST_FRAMES - 1):
        line.said(100)
    assert connection.is_read
    line.said(100)
    assert not connection.is_read
    for _ in range(lines.MOST_FRAMES // 2 - 1):
        line.done(100)
    assert not connection.is_read
    line.done(100)
    assert connection.is_read
    assert connection.taken == 1


def test_few_long_frames_are_as_much_as_many_short_ones(line, connection):
    line.said(lines.MOST_BYTES)
    assert not connection.is_read
    line.done(lines.MOST_BYTES)
    assert connection.is_read


def test_a_page_that_takes_nothing_is_cut(line, connection, clock):
    line.pauseProducing()
    assert not line.keeps_up.is_set()
    clock.advance(lines.PATIENCE - 1)
    assert not connection.is_aborted
    clock.advance(1)
    assert connection.is_aborted


def test_a_page_that_is_slow_is_waited_for(line, connection, clock):
    for _ in range(3):
        line.pauseProducing()
        clock.advance(lines.PATIENCE - 1)
        line.resumeProducing()
    clock.advance(lines.PATIENCE)
    assert line.keeps_up.is_set()
    assert not connection.is_aborted


class Silent(PageProtocol):
    """A page's socket whose answers nobody takes."""

    def __init__(self, line):
        self.line, self.state, self.said = line, WebSocketProtocol.STATE_OPEN, []

    def sendPong(self, payload=None):
        self.said.append("pong")

    def sendPing(self, payload=None):
        self.said.append("ping")

    def dropConnection(self, abort=False):
        self.said.append("dropped")


def test_pings_are_not_answered_while_nothing_is_taken(line, clock):
    page = Silent(line)
    page.onPing(b"1")
    line.pauseProducing()
    page.onPing(b"2")
    assert page.said == ["pong"]


def test_a_page_that_is_held_is_not_pinged_and_not_given_up_for_what_nobody_read(line):
    page = Silent(line)
    line.said(lines.MOST_BYTES)
    page._sendAutoPing()
    page.onAutoPingTimeout()
    assert page.said == []
    line.done(lines.MOST_BYTES)
    page.onAutoPingTimeout()
    assert page.said == ["dropped"]
