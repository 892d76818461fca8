"""A page's socket as a browser holds it, without the network."""

import asyncio
import json
import uuid

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware, SessionMiddleware
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client

from messaging import history
from messaging.routing import websocket_urlpatterns

APPLICATION = CookieMiddleware(SessionMiddleware(URLRouter(websocket_urlpatterns)))


class Page:
    """One tab."""

    def __init__(self, client: Client) -> None:
        cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
        value = cookie.value if cookie else ""
        headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={value}".encode())]
        self.socket = WebsocketCommunicator(APPLICATION, "/ws", headers=headers)
        self.heard: list[dict] = []

    async def connect(self) -> tuple[bool, int | None]:
        """Tell whether the page was let in, and with what code it was not."""
        return await self.socket.connect()

    async def open(self, person: uuid.UUID | None = None, after: int = 0, *, visible: bool = True) -> "Page":
        """Say what the page shows, and hear what comes of it."""
        await self.say("open", **{"with": person and str(person)}, after=after, visible=visible)
        await self.hear("people")
        await self.quiet()
        return self

    async def say(self, kind: str, **fields) -> None:
        await self.socket.send_to(text_data=json.dumps({"type": kind, **fields}))

    async def send(self, person: uuid.UUID, text: str, key: uuid.UUID | None = None) -> str:
        key = str(key or uuid.uuid4())
        await self.say("send", key=key, **{"with": str(person)}, text=text)
        return key

    async def next(self) -> dict:
        """Return the next frame, or what the socket was closed with."""
        output = await self.socket.receive_output(5)
        event = json.loads(output["text"]) if output["type"] == "websocket.send" else output
        self.heard.append(event)
        return event

    async def hear(self, kind: str) -> dict:
        """Return the next frame of a kind, passing over the others."""
        while True:
            event = await self.next()
            if event["type"] == kind:
                return event

    async def up_to(self, kind: str) -> list[dict]:
        """Return all that comes up to the next frame of a kind."""
        start = len(self.heard)
        await self.hear(kind)
        return self.heard[start:]

    async def counts(self, unread: int) -> None:
        """Wait until the title says that so many are unread."""
        while (await self.hear("title"))["unread"] != unread:
            pass

    async def quiet(self, seconds: float = 0.1) -> list[dict]:
        """Return all that comes until the socket falls silent."""
        found = []
        while not await self.socket.receive_nothing(seconds):
            found.append(await self.next())
        return found

    async def leave(self) -> None:
        await self.socket.disconnect()


def of(kind: str, frames: list[dict]) -> list[dict]:
    return [frame for frame in frames if frame["type"] == kind]


async def until(condition, seconds: float = 5.0) -> None:
    """Wait for something that happens off the loop."""
    for _ in range(int(seconds * 100)):
        if await asyncio.to_thread(condition):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


def off_loop(function, *args, **kwargs):
    """Do something as another thread of the node does it."""

    def done():
        try:
            return function(*args, **kwargs)
        finally:
            connection.close()

    return asyncio.to_thread(done)


def drawn(message):
    """The bubble of a message as it is now."""
    (bubble,) = history.again(message.conversation, "Alice Ärztin", [message.pk])
    return render_to_string("messaging/message.html", {"bubble": bubble})
