"""A socket of the member: nobody else's, and not for longer than they are signed in."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Coroutine
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from messaging.frames import frame
from peers import database, events
from peers.member import uses
from peers.member.access import member_of_scope

log = logging.getLogger(__name__)

# A server may close with 1000 or a code from 3000 on, and with no other.
STRANGER, BROKEN = 4401, 4500
CHECK_EVERY = 60.0


class Unbounded:
    """The line of a page where the server bounds none, as `runserver` does not."""

    def done(self, size: int) -> None:
        """Note that a frame of so many bytes was dealt with: so much less is under way."""

    async def drained(self) -> None:
        """Wait until the page has taken most of what it was told."""


class MemberSocket(AsyncWebsocketConsumer):
    """Lets the member in, hears the node's hints, and ends with the session. Its tasks end with it."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Take what the page says, until it goes or something breaks."""
        self.tasks: set[asyncio.Task[None]] = set()
        try:
            if events.is_local():
                await self._hear_out(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)
        finally:
            self.let_go()

    async def _hear_out(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Wait for the page alone. Channels would wait for two things at once, with two new tasks for each frame."""
        self.scope, self.base_send, self.channel_layer = scope, send, None
        self.channel_name = secrets.token_hex(8)
        with contextlib.suppress(StopConsumer):
            while True:
                await self.dispatch(await receive())

    def let_go(self) -> None:
        """Leave nothing behind that knows of this page."""
        self.is_closing = True
        events.unlisten(self)
        for task in list(self.tasks):
            task.cancel()

    async def connect(self) -> None:
        self.is_closing = False
        self.line: Unbounded = self.scope.get("extensions", {}).get("peernet.line") or Unbounded()
        if not await self._is_member():
            await self.close(STRANGER)
            return
        self.was_used()
        if events.is_local():
            events.listen(self)
        else:
            await self.channel_layer.group_add(events.GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        self.let_go()
        if not events.is_local():
            await self.channel_layer.group_discard(events.GROUP, self.channel_name)

    async def node_event(self, event: dict[str, Any]) -> None:
        """Take an event that came through the channel layer."""
        self.hear(event)

    def hear(self, event: dict[str, Any]) -> None:
        """Take an event of `peers.events`."""
        raise NotImplementedError

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the method for a message. Channels would change threads first, to close connections we do not use."""
        await getattr(self, get_handler_name(message))(message)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take a frame, and tell the line when that is done with."""
        size = len(text_data.encode()) if text_data else len(bytes_data or b"")
        if work := await self.take(text_data):
            work.add_done_callback(lambda _: self.line.done(size))
        else:
            self.line.done(size)

    async def take(self, text: str | None) -> asyncio.Future[None] | None:
        """Do what a frame asks for, and return what goes on with it, beside."""
        raise NotImplementedError

    async def send(self, text_data: str | None = None, bytes_data: bytes | None = None, close: bool = False) -> None:
        """Send a frame, unless the page has been told to go, and wait for a page that is slow to take them."""
        if not self.is_closing:
            await super().send(text_data, bytes_data, close)
            await self.line.drained()

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close, and let nothing more in or out."""
        self.is_closing = True
        await super().close(code, reason)

    async def end(self) -> None:
        """Tell the page that its session has ended, and close."""
        if not self.is_closing:
            # Without waiting: a page that takes nothing goes as well.
            await super().send(frame("ended"))
        await self.close()

    def was_used(self) -> asyncio.Task[None]:
        """Note that somebody is at this page."""
        address = (self.scope.get("client") or ("",))[0]
        return self.start(database.run(uses.note, self.scope["session"].session_key, address))

    async def look_again(self) -> None:
        """End if the session of this page is gone."""
        if not await self._is_member():
            await self.end()

    async def is_still_member(self) -> bool:
        """Ask again once a minute, for a session also ends without a word; end if it did."""
        if time.monotonic() - self.checked <= CHECK_EVERY or await self._is_member():
            return True
        await self.end()
        return False

    async def _is_member(self) -> bool:
        scope = dict(self.scope)
        session = scope.get("session")
        if session is not None:
            # A new one, for the session of the handshake keeps what it read then.
            scope["session"] = session.__class__(session.session_key)
        is_member = await database.run(member_of_scope, scope) is not None
        self.checked = time.monotonic()
        return is_member

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside, until it is done or the socket is gone."""
        task = asyncio.create_task(self._whole(work))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _whole(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            # The page connects again and says what it has.
            log.exception("a page could not be served")
            await self.close(BROKEN)
