"""ORM work of the doors that answer many calls: a few threads that keep their connection.

A sync view under ASGI opens a new connection for each request, whatever CONN_MAX_AGE says.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")

# SQLite has one writer at a time; more threads would only wait for each other.
_threads = ThreadPoolExecutor(4, thread_name_prefix="database")


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that uses the ORM, off the event loop, and return what it returns."""
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: kept(function, *args, **kwargs))


def call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that uses the ORM from a thread that should have no connection of its own."""
    return _threads.submit(lambda: kept(function, *args, **kwargs)).result()


def kept(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function on this thread's own connection, and drop the connection if it broke."""
    try:
        return function(*args, **kwargs)
    finally:
        if connection.connection is not None and connection.errors_occurred:
            connection.close_if_unusable_or_obsolete()
