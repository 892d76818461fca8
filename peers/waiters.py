"""Nodes that wait for a change of the directory: no thread and no database connection each, only an event."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from channels.layers import get_channel_layer

from accounts.errors import TooManyTries
from accounts.wire import NO_LINE, Line
from peers import database, events
from peers.directory import Page
from peers.looks import AT_ONCE, Question, look_at_once

PER_TOKEN = 2
# A process runs out of descriptors before that.
IN_ALL = 20_000
RETRY_AFTER = 30
# When a whole office signs in at nine, its changes are told together.
PAUSE = 0.05
# So many are told before others have their turn: each answer takes a part of a millisecond.
IN_A_TURN = 8
RECONNECT = 1.0

T = TypeVar("T")

log = logging.getLogger(__name__)


class Waiter:
    """One call that is held open."""

    def __init__(self, question: Question, line: Line) -> None:
        self.question, self.line = question, line
        self._told: asyncio.Future[Page | None] = asyncio.get_running_loop().create_future()
        # Another call of the same node took its place: answer with what there is.
        self.dismissed = False

    def tell(self, page: Page | None) -> None:
        """End the waiting: with news, or with None for whoever must look by themselves."""
        if not self._told.done():
            self._told.set_result(page)

    async def news(self, seconds: float) -> Page | None:
        """Return what was told; None when `seconds` are over first."""
        timer = asyncio.get_running_loop().call_later(seconds, self.tell, None)
        try:
            return await self._told
        finally:
            timer.cancel()


class Waiters:
    """All waiters of this process. Used on the server's loop only."""

    def __init__(self) -> None:
        self._by_token: dict[int, list[Waiter]] = defaultdict(list)
        self._count = 0
        # How often something may have changed: who looked since then need not look again.
        self.wakes = 0

    @contextmanager
    def joined(self, token: int, question: Question, line: Line = NO_LINE) -> Iterator[Waiter]:
        """Count a waiter of this token in; the oldest of three is sent home. Raises `TooManyTries`."""
        if self._count >= IN_ALL:
            raise TooManyTries(RETRY_AFTER)
        waiter, own = Waiter(question, line), self._by_token[token]
        if len(own) >= PER_TOKEN:
            oldest = own.pop(0)
            oldest.dismissed = True
            oldest.tell(None)
        own.append(waiter)
        self._count += 1
        try:
            yield waiter
        finally:
            self._count -= 1
            if waiter in own:
                own.remove(waiter)
            if not own:
                self._by_token.pop(token, None)

    async def tell_all(self) -> None:
        """Tell all who wait now what changed, those who wait longest first.

        Whoever joins later has looked since the change, or is told of the next.
        """
        self.wakes += 1
        waiting = [waiter for own in self._by_token.values() for waiter in own]
        resting: list[Line] = []
        try:
            for start in range(0, len(waiting), AT_ONCE):
                asked = waiting[start : start + AT_ONCE]
                looks = await database.read(look_at_once, [each.question for each in asked])
                async for waiter, look in in_turns(zip(asked, looks, strict=True)):
                    if look is None or look.page.is_news:
                        # A token that has ended is told so by its own look.
                        waiter.tell(look.page if look else None)
                        # Nodes ask again at once, which is more work than telling the others: these come first.
                        waiter.line.rest()
                        resting.append(waiter.line)
        finally:
            async for line in in_turns(resting):
                line.go_on()


async def in_turns(many: Iterable[T]) -> AsyncIterator[T]:
    """Go through many, and let others have their turn after some."""
    for number, each in enumerate(many, 1):
        yield each
        if number % IN_A_TURN == 0:
            await asyncio.sleep(0)


waiters = Waiters()


class Bell:
    """Rings when something changes in this process."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    def hear(self, event: dict[str, Any]) -> None:
        self.rung.set()

    async def ring(self) -> None:
        await self.rung.wait()
        self.rung.clear()


async def listen() -> None:
    """Tell the waiters of every change, whichever process made it. Runs as long as the server does."""
    while True:
        bell = Bell()
        try:
            if events.is_local():
                events.listen(bell)
                await _tell_at(bell)
            else:
                await _tell_of_all_processes(bell)
        except Exception as err:
            # Redis has errors of its own. Whoever waits looks by themselves when their time is over.
            log.warning("changes are told late, since the channel layer is away: %s", err)
            await asyncio.sleep(RECONNECT)


async def _tell_of_all_processes(bell: Bell) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(events.GROUP, channel)
    async with asyncio.TaskGroup() as both:
        both.create_task(_tell_at(bell))
        while True:
            bell.hear(await layer.receive(channel))


async def _tell_at(bell: Bell) -> None:
    await waiters.tell_all()  # what happened while nobody listened
    while True:
        await bell.ring()
        await waiters.tell_all()
        await asyncio.sleep(PAUSE)
