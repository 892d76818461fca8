"""The calls nodes make about the directory. They come often and wait long, so none holds a thread."""

import time
from typing import Annotated, Any

import msgspec
from django.http import HttpRequest

from accounts.device_api import from_hex
from accounts.tokens import access_token
from accounts.wire import BadRequest, Fields, call, shown_token
from peers import database, directory, presence
from peers.waiters import waiters

LONGEST_WAIT = 25


class Card(Fields):
    card: str


class Presence(Fields):
    device: str
    version: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


@call("POST", Card)
async def card(request: HttpRequest, body: Card) -> dict[str, Any]:
    await database.run(publish, shown_token(request), from_hex(body.card))
    return {}


def publish(raw_token: str, encoded: bytes) -> None:
    directory.publish_card(access_token(raw_token), encoded)


@call("POST", Presence)
async def report(request: HttpRequest, body: Presence) -> dict[str, Any]:
    return await database.run(presence.report, shown_token(request), from_hex(body.device, 32), body.version)


@call("GET")
async def changes(request: HttpRequest, body: None) -> dict[str, Any]:
    since, end = number_of(request, "since", 2**63 - 1), time.monotonic() + number_of(request, "wait", LONGEST_WAIT)
    raw_token = shown_token(request)
    wakes = waiters.wakes
    token, page = await database.run(look, raw_token, since)
    if is_news(page) or time.monotonic() >= end:
        return page
    with waiters.joined(token) as waiter:
        if wakes != waiters.wakes:
            # A change fell between the look and the joining.
            waiter.wake()
        while True:
            left = end - time.monotonic()
            if is_news(page) or left <= 0 or waiter.dismissed:
                return page
            await waiter.wait(left)
            # The token may have ended meanwhile.
            _, page = await database.run(look, raw_token, since)


def is_news(page: dict[str, Any]) -> bool:
    """Tell whether a page says anything: who is expected may change without any entry."""
    return bool(page["changes"]) or "invited" in page


def look(raw_token: str, since: int) -> tuple[int, dict[str, Any]]:
    """Return the token's key and what changed since. Raises `NotSignedIn`."""
    if (known := directory.token_and_last(raw_token)) is not None:
        token, last = known
        return token, directory.changes_since(since, last)
    return access_token(raw_token).pk, directory.changes_since(since, directory.last_change())


def number_of(request: HttpRequest, name: str, most: int) -> int:
    """Return a whole number of the query, 0 when it is left out. Raises `BadRequest`."""
    text = request.GET.get(name, "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= most):
        raise BadRequest(422, "wrong-fields", f"{name} is a whole number from 0 to {most}.")
    return int(text)
