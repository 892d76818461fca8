"""Hints to the member's pages, sent after commit through the server's own event loop. The rows are the truth."""

import asyncio
import itertools
import logging
import secrets
from typing import Any

from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)

# A node has one member, and all of their pages hear the same.
GROUP = "member"
# Every event has a name of its own, by which pages know that they heard the same.
_process, _count = secrets.token_hex(8), itertools.count()
_loop: asyncio.AbstractEventLoop | None = None


def attach(loop: asyncio.AbstractEventLoop) -> None:
    """Name the loop of the server: a thread that used another one would wait a second for it to look."""
    global _loop
    _loop = loop


def publish(what: str, **detail: Any) -> None:
    """Tell every open page, once the transaction is committed, that something changed; `detail` must be plain data."""
    transaction.on_commit(lambda: _send({"type": "node.event", "what": what, **detail}))


def _send(event: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if _loop is None or layer is None or _loop.is_closed():
        return  # a command, or a test: no page is open in this process
    event["event"] = f"{_process}-{next(_count)}"
    asyncio.run_coroutine_threadsafe(layer.group_send(GROUP, event), _loop).add_done_callback(_report)


def _report(sent: "asyncio.Future[None]") -> None:
    if not sent.cancelled() and (err := sent.exception()):
        log.warning("pages were not told: %s", err)
