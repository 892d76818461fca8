"""ORM work of the doors that answer many calls: a few threads that keep their connection.

A sync view under ASGI opens a new connection for each request, whatever CONN_MAX_AGE says.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")
Q = TypeVar("Q")
A = TypeVar("A")

# SQLite has one writer at a time; more threads would only wait for each other.
_threads = ThreadPoolExecutor(4, thread_name_prefix="database")
# Who only reads need not wait for anybody who writes.
_readers = ThreadPoolExecutor(2, thread_name_prefix="reading")


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that uses the ORM, off the event loop, and return what it returns."""
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: kept(function, *args, **kwargs))


async def read(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that only reads, as `run` does, but not behind others that write."""
    return await asyncio.get_running_loop().run_in_executor(_readers, lambda: kept(function, *args, **kwargs))


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


class Together(Generic[Q, A]):
    """Has questions answered many at a time: whoever asks while others are answered is in the next round.

    `answer` only reads, and gives an answer to each question. Used on the server's loop only.
    """

    def __init__(self, answer: Callable[[Sequence[Q]], Sequence[A]], most: int) -> None:
        self._answer, self._most = answer, most
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._rounds: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """Return the answer. Raises what `answer` raises, to everybody of the round."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._answer_all())
        return await future

    async def _answer_all(self) -> None:
        while self._waiting:
            asked = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            try:
                answers = await read(self._answer, [question for question, _ in asked])
            except Exception as err:
                for _, future in asked:
                    if not future.done():
                        future.set_exception(err)
                continue
            for (_, future), answer in zip(asked, answers, strict=True):
                # Whoever hung up does not wait.
                if not future.done():
                    future.set_result(answer)
