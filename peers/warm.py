"""One connection for all who write often, so that it knows the pages that the last of them left.

SQLite forgets what it has read as soon as another connection commits. With a connection for each thread, every message
would read and decrypt some 25 pages again that the message before had just written.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

# SQLite has one writer at a time anyway, and who waits here is woken sooner than by its own waiting.
_turn = threading.Lock()
_shared: Any = None
# Whoever only reads need not wait for somebody who waits for another process to write, which may be 20 seconds.
READERS_WAIT = 0.05


def begin() -> None:
    """From now on, turns are taken at one connection in this process. Other databases than SQLite do not need it."""
    global _shared
    if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":
        _shared = connections.create_connection(DEFAULT_DB_ALIAS)
        _shared.inc_thread_sharing()


def end() -> None:
    """Let everybody use their own connection again."""
    global _shared
    with _turn:
        shared, _shared = _shared, None
        if shared is not None:
            shared.close()


@contextmanager
def turn(patience: float = -1) -> Iterator[None]:
    """Use the shared connection in this block, one thread at a time, so the block should be short.

    In a transaction, where there is no shared connection, and when `patience`, in seconds, is over, the thread's own
    goes on.
    """
    own = connections[DEFAULT_DB_ALIAS]
    if _shared is None or own is _shared or own.in_atomic_block:
        yield
        return
    if not _turn.acquire(timeout=patience):
        yield
        return
    try:
        if (shared := _shared) is None:
            yield
            return
        connections[DEFAULT_DB_ALIAS] = shared
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = own
            if shared.connection is not None and shared.errors_occurred:
                shared.close_if_unusable_or_obsolete()
    finally:
        _turn.release()
