"""The line to a page: how much may be on it, either way. Daphne and Twisted would hold any amount in memory."""

from typing import Any

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from peernet.server.limits import Flow

# What the page said and the node has not done with. Beyond that the page is not read, and TCP holds it back.
MOST_FRAMES, MOST_BYTES = 128, 1024 * 1024
# A page that takes nothing of what it is told for so long is cut off. It comes again, and says what it has.
PATIENCE = 30.0


class Line(Flow):
    """What is under way with one page. The application says what it is done with, and waits for the page to listen."""

    def __init__(self, protocol: "PageProtocol") -> None:
        super().__init__()
        self._protocol = protocol
        self._frames = self._bytes = 0
        self._cut: Any = None
        self.is_held = False

    def said(self, size: int) -> None:
        """Count a frame of the page, and read no further if there are many."""
        self._frames += 1
        self._bytes += size
        if not self.is_held and (self._frames >= MOST_FRAMES or self._bytes >= MOST_BYTES):
            self.is_held = True
            self._protocol.transport.pauseProducing()

    def done(self, size: int) -> None:
        """Note that the application is done with a frame, and read on when half of what was under way is."""
        self._frames -= 1
        self._bytes -= size
        if self._frames <= MOST_FRAMES // 2 and self._bytes <= MOST_BYTES // 2:
            self.release()

    def release(self) -> None:
        """Read on: first what had been read already."""
        if self.is_held:
            self.is_held = False
            self._protocol.transport.resumeProducing()
            self._protocol.consumeData()

    async def drained(self) -> None:
        """Wait until the page has taken most of what it was told."""
        await self.keeps_up.wait()

    def pauseProducing(self) -> None:
        from twisted.internet import reactor

        super().pauseProducing()
        self._cut = reactor.callLater(PATIENCE, self._protocol.transport.abortConnection)

    def resumeProducing(self) -> None:
        super().resumeProducing()
        if self._cut and self._cut.active():
            self._cut.cancel()

    def stopProducing(self) -> None:
        self.resumeProducing()


class PageProtocol(WebSocketProtocol):  # type: ignore[misc]
    """A page's socket, on a line."""

    def connectionMade(self) -> None:
        super().connectionMade()
        self.line = Line(self)
        # Until now Twisted asked the request to pause, which this connection no longer is.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.line, True)

    def processData(self) -> bool:
        """Take one frame out of what was read, and tell whether to go on."""
        if self.line.is_held and self.state == self.STATE_OPEN:
            return False
        goes_on: bool = super().processData()
        return goes_on

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.line.said(len(payload))
        super().onMessage(payload, isBinary)

    def onPing(self, payload: bytes) -> None:
        """Answer, unless the answers are not taken."""
        if self.line.keeps_up.is_set():
            super().onPing(payload)

    def _sendAutoPing(self) -> None:
        if not self.line.is_held:
            super()._sendAutoPing()

    def onAutoPingTimeout(self) -> None:
        """Give up a page that is silent; while it is held, nobody would have read its answer."""
        self.autoPingTimeoutCall = None
        if not self.line.is_held:
            super().onAutoPingTimeout()

    def serverClose(self, code: int | None = None) -> None:
        super().serverClose(code)
        # The page says that it heard.
        self.line.release()

    def _closeConnection(self, abort: bool = False) -> None:
        # Twisted would wait for a producer to end by itself.
        self.transport.unregisterProducer()
        super()._closeConnection(abort)


class PageFactory(WebSocketFactory):  # type: ignore[misc]
    protocol = PageProtocol
