"""Run Daphne in this process, with its doors."""

import asyncio
import contextlib
import gc
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import daphne.server  # first: it installs the reactor
from django.core.management.base import CommandError
from twisted.internet import reactor

from accounts.wire import LINE
from peernet.server.calls import Call, CallHandler, stays_on_the_loop
from peernet.server.doors import LARGEST_RUN, OPEN, Door, door_of
from peernet.server.limits import LimitedFactory, LimitedRequest
from peernet.server.lines import PageFactory, PageProtocol
from peernet.server.prompt import listen
from peernet.server.tls import TLSFactory

# Every statement and every request gives the interpreter away, and a thread that draws a page would keep it for 5 ms,
# many times a message.
SWITCH_SECONDS = 0.0005
# New objects before the young are searched for garbage, and how many such searches before the older are.
GARBAGE = 20_000, 1, 25
# Connections that are looked over in a second, on the average.
LOOKED_OVER = 2000


class DoorServer(daphne.server.Server):  # type: ignore[misc]
    """Daphne takes endpoints as text only, which cannot hold a key in memory: open the doors when it is ready."""

    def __init__(self, application: Any, doors: Sequence[Door], pair: bytes, started: Callable[[], None]) -> None:
        super().__init__(
            application,
            endpoints=["none"],
            ready_callable=self.open_doors,
            server_name="peernet",
            # A body is in memory anyway: handed over in one piece, not in a hundred.
            request_buffer_size=LARGEST_RUN + 1,
        )
        self.endpoints = []
        self.doors, self.pair, self.started = doors, pair, started
        self.calls = CallHandler()
        self.looked_over_at = 0.0

    def open_doors(self) -> None:
        self.started()
        for door in self.doors:
            factory = LimitedFactory(self)
            listener = listen(door, TLSFactory(self.pair, factory) if door.tls else factory)
            listener.addCallbacks(self.listen_success, self.listen_error)

    def application_checker(self) -> None:
        """Look over all connections for what has ended; less often where thousands call, who go by themselves."""
        now = time.monotonic()
        if now - self.looked_over_at < len(self.connections) / LOOKED_OVER:
            reactor.callLater(1, self.application_checker)
            return
        self.looked_over_at = now
        super().application_checker()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Let Django answer a request; a call that never leaves the loop without an application between."""
        door = door_of(scope)
        if isinstance(protocol, LimitedRequest):
            scope["extensions"] = {LINE: protocol.channel.line}
        elif isinstance(protocol, PageProtocol):
            scope["extensions"] = {"peernet.line": protocol.line}
        if scope["type"] != "http" or door is None or not door.calls_only or not stays_on_the_loop(scope):
            return super().create_application(protocol, scope)
        call = Call(self.calls, scope, partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = call.answering
        call.answering.add_done_callback(partial(self._answered, protocol))
        return call

    def _answered(self, protocol: Any, answering: "asyncio.Future[None]") -> None:
        """Forget a call that was answered, or is waited for no longer. What failed is for Daphne to report."""
        if answering.cancelled() or answering.exception() is None:
            details = self.connections.get(protocol, {})
            details.pop("application_instance", None)
            if "disconnected" in details:
                del self.connections[protocol]

    def protocol_disconnected(self, protocol: Any) -> None:
        if protocol in self.connections:
            super().protocol_disconnected(protocol)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if message.get("more_body") and isinstance(protocol, LimitedRequest):
            await protocol.drained()


def _nothing() -> None:
    """What a process does that has nothing to start or end beside its doors."""


def serve(
    application: Any,
    doors: Sequence[Door],
    pair: bytes,
    started: Callable[[], None] = _nothing,
    ending: Callable[[], None] = _nothing,
) -> None:
    """Open the doors and answer until the process is told to end.

    `started` is called on the server's loop, `ending` when the loop is about to stop.
    """
    for door in doors:
        _must_be_free(door)
        OPEN[door.port] = door
    daphne.server.WebSocketFactory = PageFactory
    sys.setswitchinterval(SWITCH_SECONDS)
    _allow_many_connections()
    _spare_the_collector()
    reactor.addSystemEventTrigger("before", "shutdown", ending)
    DoorServer(application, doors, pair, started).run()


def _allow_many_connections() -> None:
    """Take as many descriptors as the system gives: it begins with 1,024, and each node keeps two connections open."""
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _spare_the_collector() -> None:
    """Let the search for garbage pass over what is here for good, and run less often.

    Each call of thousands that are held open is some hundred objects that live long: searching them all again and again
    took a sixth of the processor, and every answer waited meanwhile.
    """
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def _must_be_free(door: Door) -> None:
    if not door.is_free():
        raise CommandError(
            f"Port {door.port} for the {door.name} door is not free. Stop the other program, or set another port."
        )
