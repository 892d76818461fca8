"""The calls nodes make about the directory. They come often and wait long, so none holds a thread."""

import time
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from django.http import HttpRequest

from accounts.device_api import from_hex
from accounts.tokens import access_token
from accounts.wire import BadRequest, Fields, Line, call, line_of, shown_token
from peers import database, directory, looks, presence
from peers.waiters import waiters

LONGEST_WAIT = 25
MOST_FIELDS = 10


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
    said = shown_token(request), from_hex(body.device, 32), body.version
    steady = await database.read(presence.steady_report, *said)
    answer = await database.run(presence.report, *said) if steady is None else steady
    line_of(request).welcome()
    return answer


@call("GET")
async def changes(request: HttpRequest, body: None) -> msgspec.Raw:
    asked = query_of(request)
    since, wait = number_of(asked, "since", 2**63 - 1), number_of(asked, "wait", LONGEST_WAIT)
    question = looks.Question(shown_token(request), since)
    page = await follow(question, wait, line_of(request))
    return msgspec.Raw(page.body)


async def follow(question: looks.Question, seconds: float, line: Line) -> directory.Page:
    """Return what changed as soon as something does, and at the latest after so many seconds. Raises `NotSignedIn`."""
    end = time.monotonic() + seconds
    while True:
        wakes = waiters.wakes
        token, page = await looks.ask(question)
        line.welcome()
        if page.is_news or time.monotonic() >= end:
            return page
        if wakes != waiters.wakes:
            # A change fell between the look and here.
            continue
        with waiters.joined(token, question, line) as waiter:
            news = await waiter.news(end - time.monotonic())
        if news is not None:
            return news
        if waiter.dismissed:
            end = 0.0


def query_of(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a query. Nodes ask a thousand times a second, and Django takes its time.

    Raises `BadRequest` for more fields than any call has: nobody has signed in yet.
    """
    try:
        return dict(parse_qsl(request.META["QUERY_STRING"], keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as err:
        raise BadRequest(422, "wrong-fields", f"A query has {MOST_FIELDS} fields at most.") from err


def number_of(asked: dict[str, str], name: str, most: int) -> int:
    """Return a whole number of a query, 0 when it is left out. Raises `BadRequest`."""
    text = asked.get(name, "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= most):
        raise BadRequest(422, "wrong-fields", f"{name} is a whole number from 0 to {most}.")
    return int(text)
