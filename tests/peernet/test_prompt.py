"""Connections that send at once: nothing overtakes, nothing is lost, and what broke is noticed."""

import asyncio
import socket
import struct

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.protocol import Factory, Protocol

from peernet.server import prompt
from peernet.server.doors import Door

LARGE = 8 * 1024 * 1024


class Kept(Protocol):
    """A connection that says when it was made, and when it ended."""

    made: "asyncio.Future[Kept]"

    def connectionMade(self) -> None:
        self.ended = asyncio.Event()
        Kept.made.set_result(self)

    def connectionLost(self, reason) -> None:
        self.ended.set()


@pytest.fixture
async def reactor(monkeypatch):
    """Twisted on this test's own loop."""
    monkeypatch.setattr(prompt, "reactor", made := AsyncioSelectorReactor(asyncio.get_running_loop()))
    return made


@pytest.fixture
async def line(reactor):
    """Both ends of a connection: a plain socket, and what Twisted makes of the other."""
    door = Door(name="test", interface="127.0.0.1", port=0, urlconf="")
    ports, Kept.made = [], asyncio.get_running_loop().create_future()
    prompt.listen(door, Factory.forProtocol(Kept)).addCallback(ports.append)
    client = socket.create_connection(("127.0.0.1", ports[0].getHost().port))
    client.setblocking(False)
    yield client, await asyncio.wait_for(Kept.made, 5)
    client.close()
    ports[0].stopListening()


async def read(client: socket.socket, size: int) -> bytes:
    loop, found = asyncio.get_running_loop(), bytearray()
    async with asyncio.timeout(10):
        while len(found) < size:
            found += await loop.sock_recv(client, 65536)
    return bytes(found)


async def test_what_is_written_leaves_before_the_loops_next_turn(line, reactor):
    client, server = line
    server.transport.write(b"hello")
    # No `await` between: nobody but `write` can have sent it.
    assert client.recv(100) == b"hello"
    assert not reactor.getWriters()


async def test_what_the_system_does_not_take_waits_and_nothing_overtakes_it(line):
    client, server = line
    server.transport.write(b"a" * LARGE)
    for word in (b"one", b"two"):
        server.transport.write(word)
    assert await read(client, LARGE + 6) == b"a" * LARGE + b"onetwo"
    server.transport.write(b"three")
    assert client.recv(100) == b"three"


async def test_a_head_that_waits_leaves_before_the_body_that_is_written_after_it(line):
    client, server = line
    server.transport.writeSequence([b"head", b": "])
    server.transport.write(b"body")
    assert await read(client, 10) == b"head: body"


async def test_a_connection_that_broke_is_noticed_and_writing_on_it_is_no_error(line):
    client, server = line
    # Closed with a reset.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    for _ in range(3):
        server.transport.write(b"hello?")
    await asyncio.wait_for(server.ended.wait(), 5)
    server.transport.write(b"anybody?")


async def test_a_port_that_is_taken_is_an_error_and_no_door(reactor):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        door = Door(name="test", interface="127.0.0.1", port=taken.getsockname()[1], urlconf="")
        failed = []
        prompt.listen(door, Factory.forProtocol(Kept)).addErrback(failed.append)
        assert "in use" in str(failed[0].value)
