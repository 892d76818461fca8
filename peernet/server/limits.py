"""Limits on what a stranger may send before anybody has signed in, and on what is written faster than it is read."""

import asyncio
import io
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet.protocol import Protocol
from twisted.protocols.policies import ProtocolWrapper

from peernet.server.callers import Caller
from peernet.server.deadlines import Deadlines
from peernet.server.doors import OPEN

LARGEST = 2 * 1024 * 1024
# Of strangers.
CONNECTIONS_PER_ADDRESS = 64
# Bodies beyond a door's usual limit that are held in memory at once.
LARGE_AT_ONCE = 8
# A body that is longer is read from the network in larger pieces.
LARGE, READ_AT_ONCE = 256 * 1024, 256 * 1024


class Flow:
    """Whether the other side keeps up with what is written. Twisted asks us to pause; it buffers without end if not."""

    def __init__(self) -> None:
        self.keeps_up = asyncio.Event()
        self.keeps_up.set()

    def pauseProducing(self) -> None:
        self.keeps_up.clear()

    def resumeProducing(self) -> None:
        self.keeps_up.set()

    stopProducing = resumeProducing


class LimitedRequest(WebRequest):  # type: ignore[misc]
    """Keeps the body in memory, never in a temporary file, and no more than the door allows."""

    too_long = False
    taken = 0
    # Those that hold a place among the large bodies.
    large: ClassVar[set[Any]] = set()
    flow: Flow | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        # Forms are read by Django, if at all.
        super().__init__(*args, **options, parsePOSTFormSubmission=False)

    def gotLength(self, length: int | None) -> None:
        if self.channel not in self.channel.deadlines:
            self.channel.deadlines.begin(self.channel)  # a later request on the same connection
        door = OPEN.get(getattr(self.channel.transport.getHost(), "port", 0))
        path = getattr(self.channel, "_path", b"").partition(b"?")[0]
        self.most, self.usual = door.limits(path) if door else (LARGEST, LARGEST)
        self.too_long_answer = door.too_long_answer if door else ""
        self.too_many_answer = door.too_many_answer if door else ""
        self.too_long = length is not None and length > self.most
        # As long as it will be, so that it need not grow. The system gives memory when it is written to.
        self.content = io.BytesIO(bytes(length or 0) if not self.too_long else b"")
        if length and length > LARGE:
            _tcp_of(self.channel.transport).bufferSize = READ_AT_ONCE

    def handleContentChunk(self, data: bytes) -> None:
        self.taken += len(data)
        if self.taken > self.most or not self._has_place():
            self.too_long = True
            self.content = io.BytesIO()
        if not self.too_long:
            self.content.write(data)

    def _has_place(self) -> bool:
        """Take a place among the large bodies, if this is one. Without a place it is not taken in."""
        if self.taken <= self.usual or self in self.large:
            return True
        if len(self.large) < LARGE_AT_ONCE:
            self.large.add(self)
            return True
        self.too_long_answer = self.too_many_answer
        return False

    def process(self) -> Any:
        self.channel.deadlines.end(self.channel)
        # Cut to its length, it is handed on without a copy.
        self.content.truncate(0 if self.too_long else self.taken)
        self.content = io.BytesIO(self.content.getvalue())
        if self.too_long and self.too_long_answer:
            self.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
            self.write(self.too_long_answer.encode())
            self.finish()
            return None
        if self.too_long:
            self.basic_error(413, b"Content Too Large", "The request is too long.")
            return None
        channel, transport = self.channel, self.transport
        answer = super().process()
        if self.transport is None and transport is not None:
            # A page's socket has taken the connection over: it, and not we, will hear of its end.
            _when_lost(_protocol_of(transport), channel.released)
        return answer

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body" and self.channel is not None and not self.finished:
            self._watch_flow(bool(message.get("more_body")))
        super().handle_reply(message)

    def _watch_flow(self, goes_on: bool) -> None:
        if goes_on and self.flow is None:
            self.flow = Flow()
            self.registerProducer(self.flow, True)
        elif not goes_on and self.flow is not None:
            self.unregisterProducer()

    async def drained(self) -> None:
        """Wait until the other side has taken most of what was written."""
        if self.flow is not None:
            await self.flow.keeps_up.wait()

    def finish(self) -> None:
        self.large.discard(self)
        line = self.channel.line
        super().finish()
        line.answered()

    def connectionLost(self, reason: Any) -> None:
        self.large.discard(self)
        if self.flow is not None:
            self.flow.resumeProducing()
        super().connectionLost(reason)


class LimitedFactory(HTTPFactory):  # type: ignore[misc]
    """What one door makes of who connects. Each counts by itself: behind one address stand a node and a browser."""

    def startFactory(self) -> None:
        """Twisted would tell the time each second, and word a line a request, for a log that nobody reads."""

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.open: Counter[str] = Counter()
        self.members: Counter[str] = Counter()
        self.deadlines = Deadlines()

    def buildProtocol(self, addr: Any) -> Any:
        host = getattr(addr, "host", "")
        if self.open[host] >= CONNECTIONS_PER_ADDRESS:
            # Not None: the TLS factory would wrap that, and keep the connection open without anybody behind it.
            return OneTooMany()
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = LimitedRequest
        _watch(protocol, self, host)
        return protocol


class OneTooMany(Protocol):  # type: ignore[misc]
    """Hangs up."""

    def connectionMade(self) -> None:
        self.transport.abortConnection()


def _watch(protocol: Any, factory: LimitedFactory, host: str) -> None:
    """Twisted hands out a wrapper; the requests know the channel inside it."""
    channel = protocol._channel
    channel.deadlines, channel.line = factory.deadlines, Caller(channel, host, factory.open, factory.members)
    channel.deadlines.begin(channel)

    def released() -> None:
        channel.deadlines.end(channel)
        channel.line.end()

    channel.released = released
    _when_lost(protocol, released)
    _when_heard(protocol, channel)


def _when_lost(protocol: Any, released: Callable[[], None]) -> None:
    lost = protocol.connectionLost

    def connection_lost(reason: Any) -> None:
        released()
        lost(reason)

    protocol.connectionLost = connection_lost


def _when_heard(protocol: Any, channel: Any) -> None:
    """Let the deadline of a later request on the same connection begin with its first byte."""
    heard, deadlines = protocol.dataReceived, channel.deadlines

    def data_received(data: bytes) -> None:
        if not channel.requests and channel not in deadlines:
            deadlines.begin(channel)
        heard(data)

    protocol.dataReceived = data_received


def _tcp_of(transport: Any) -> Any:
    return _tcp_of(transport.transport) if isinstance(transport, ProtocolWrapper) else transport


def _protocol_of(transport: Any) -> Any:
    return transport.wrappedProtocol if isinstance(transport, ProtocolWrapper) else transport.protocol
