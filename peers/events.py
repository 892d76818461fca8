"""Hints to the member's pages, sent after commit through the server's own event loop. The rows are the truth.

Pages of this process are told by a call. Where Redis joins several processes, hints go through its channel layer.
"""

import asyncio
import itertools
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from weakref import WeakSet

from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)

# A node has one member, and all of their pages hear the same.
GROUP = "member"
# Every event has a name of its own, by which pages know that they heard the same.
_process, _count = secrets.token_hex(8), itertools.count()
_loop: asyncio.AbstractEventLoop | None = None
# What waits for the loop's next turn, and how much ever did.
_queued: list[dict[str, Any]] = []
_told = 0
_change = threading.Lock()
# What this thread published in a block that tells it together.
_held = threading.local()

Event = dict[str, Any]
_forerunners: list[Callable[[Event], None]] = []


class Listener(Protocol):
    """Somebody in this process who is told of every event, on the server's loop."""

    def hear(self, event: dict[str, Any]) -> None:
        """Note an event, and change nothing of it: others hear the same one."""


_listeners: "WeakSet[Listener]" = WeakSet()


def attach(loop: asyncio.AbstractEventLoop) -> None:
    """Name the loop of the server: a thread that used another one would wait a second for it to look."""
    global _loop
    _loop = loop


def is_local() -> bool:
    """Tell whether no other process has pages or publishes anything."""
    return isinstance(get_channel_layer(), InMemoryChannelLayer)


def listen(listener: Listener) -> None:
    """Tell somebody of every event that this process publishes, as long as they exist and until `unlisten`."""
    _listeners.add(listener)


def unlisten(listener: Listener) -> None:
    """Tell them no more."""
    _listeners.discard(listener)


def publish(what: str, **detail: Any) -> None:
    """Tell every open page, once the transaction is committed, that something changed; `detail` must be plain data."""
    transaction.on_commit(lambda: _send({"type": "node.event", "what": what, **detail}))


@contextmanager
def together() -> Iterator[None]:
    """Tell at the end of the block what this thread publishes in it, the same of several rows once."""
    if hasattr(_held, "events"):
        yield
        return
    _held.events = []
    try:
        yield
    finally:
        held = _held.events
        del _held.events
        for event in _merged(held):
            _send(event)


def goes_ahead(forerunner: Callable[[Event], None]) -> Callable[[Event], None]:
    """Connect what adds to an event what pages will ask for, in the thread whose rows are warm.

    It is called where the event is about this process's pages only, after the commit and before they hear.
    """
    _forerunners.append(forerunner)
    return forerunner


def _send(event: Event) -> None:
    global _told
    if (held := getattr(_held, "events", None)) is not None:
        held.append(event)
        return
    if _loop is None or get_channel_layer() is None or _loop.is_closed():
        return  # a command, or a test: no page is open in this process
    told = _told
    if is_local():
        _go_ahead(event)
    with _change:
        if told != _told:
            # Pages hear of something first that may have happened after this look: they look for themselves.
            event.pop("ahead", None)
        _told += 1
        _queued.append(event)
        is_first = len(_queued) == 1
    if is_first:
        _loop.call_soon_threadsafe(_deliver)


def _go_ahead(event: Event) -> None:
    for forerunner in _forerunners:
        try:
            forerunner(event)
        except Exception:
            # The pages look for themselves, and what was committed stays so.
            log.exception("nothing was looked up ahead of the pages")


def _deliver() -> None:
    """Send what was queued, on the server's loop. What says the same of several rows is said once: a bundle brings
    as many as 64."""
    with _change:
        events, _queued[:] = [*_queued], []
    for event in _merged(events):
        event["event"] = f"{_process}-{next(_count)}"
        for listener in list(_listeners):
            listener.hear(event)
        if not is_local():
            asyncio.ensure_future(get_channel_layer().group_send(GROUP, event)).add_done_callback(_report)


def _merged(events: list[Event]) -> list[Event]:
    """Join events that follow one another and differ in their `ids` only, and in what was looked up ahead."""
    merged: list[Event] = []
    for event in events:
        last = merged[-1] if merged else {}
        ahead = {"ids": event.get("ids"), "ahead": event.get("ahead")}
        if "ids" in event and last | ahead == event | ahead:
            # The later look saw the earlier rows too.
            last |= ahead | {"ids": [*last["ids"], *event["ids"]]}
        else:
            merged.append(event)
    return merged


def _report(sent: "asyncio.Future[None]") -> None:
    if not sent.cancelled() and (err := sent.exception()):
        log.warning("pages were not told: %s", err)
