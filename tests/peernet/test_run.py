"""Which connections the server of the doors knows of: none that ended, and each failure until it is reported."""

import asyncio
import time

import pytest

from peernet.server import run
from peernet.server.run import DoorServer


class Request:
    """What Daphne knows a request by."""

    problem: BaseException | None = None

    def handle_exception(self, problem):
        self.problem = problem


@pytest.fixture
def server(monkeypatch):
    """Not running: nothing comes later by itself."""
    monkeypatch.setattr(run.reactor, "callLater", lambda *later: None)
    made = DoorServer(None, [], b"", lambda: None)
    # Daphne makes it when it runs.
    made.connections = {}
    return made


async def called(server, outcome=None):
    """A call that ended so: its connection, and what Daphne holds of it."""
    request, answering = Request(), asyncio.get_running_loop().create_future()
    server.protocol_connected(request)
    server.connections[request]["application_instance"] = answering
    if isinstance(outcome, Exception):
        answering.set_exception(outcome)
    elif outcome == "hung up":
        answering.cancel()
    else:
        answering.set_result(None)
    return request, answering


@pytest.mark.parametrize("outcome", [None, "hung up"])
async def test_a_call_that_ended_is_forgotten_with_its_connection(server, outcome):
    request, answering = await called(server, outcome)
    server.protocol_disconnected(request)
    server._answered(request, answering)
    assert server.connections == {}
    # Daphne may say so twice.
    server.protocol_disconnected(request)


async def test_a_connection_that_is_still_there_is_kept(server):
    request, answering = await called(server)
    server._answered(request, answering)
    assert list(server.connections) == [request]


async def test_a_call_that_failed_is_kept_until_that_was_reported(server):
    request, answering = await called(server, OSError("the disk is gone"))
    server._answered(request, answering)
    server.application_checker()
    assert str(request.problem) == "the disk is gone"


async def test_thousands_of_connections_are_looked_over_less_often(server):
    many = 10 * run.LOOKED_OVER
    for _ in range(many):
        server.protocol_connected(Request())
    failed, _ = await called(server, OSError("the disk is gone"))
    server.looked_over_at = time.monotonic() - 5
    server.application_checker()
    assert failed.problem is None
    server.looked_over_at = time.monotonic() - 11
    server.application_checker()
    assert failed.problem is not None
