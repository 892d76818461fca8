"""TCP that sends at once. Twisted keeps what is written until its next turn, and asks first whether it may send."""

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.tcp import Port, Server

from peernet.server.doors import Door

# Nodes that wait to be let in: all of them come back at once when a login server starts again.
BACKLOG = 1024


class PromptServer(Server):  # type: ignore[misc]
    """A connection that somebody made to us."""

    def write(self, data: bytes) -> None:
        """Send what the system takes now, if nothing waits before it; the rest waits as ever."""
        if self.connected and not self._aborting and not self.dataBuffer and not self._tempDataBuffer:
            sent = self.writeSomeData(data)
            # A connection that broke says so; Twisted meets that again in its own time, and ends it.
            if isinstance(sent, int) and sent > 0:
                data = data[sent:]
        if data:
            super().write(data)


class PromptPort(Port):  # type: ignore[misc]
    """A port whose connections send at once."""

    transport = PromptServer


def listen(door: Door, factory: Any) -> "Deferred[Port]":
    """Open a door."""

    def opened() -> Port:
        port = PromptPort(door.port, factory, BACKLOG, door.interface, reactor)
        port.startListening()
        return port

    return maybeDeferred(opened)
