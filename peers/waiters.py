"""Nodes that wait for a change of the directory: no thread and no database connection each, only an event."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from channels.layers import get_channel_layer

from accounts.errors import TooManyTries
from peers import events

PER_TOKEN = 2
# A process runs out of descriptors before that.
IN_ALL = 20_000
RETRY_AFTER = 30
# When a whole office signs in at nine, its changes are told together.
PAUSE = 0.05
RECONNECT = 1.0

log = logging.getLogger(__name__)


class Waiter:
    """One call that is held open."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        # Another call of the same node took its place: answer with what there is.
        self.dismissed = False

    def wake(self) -> None:
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Return when something may have changed, and at the latest after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()


class Waiters:
    """All waiters of this process. Used on the server's loop only."""

    def __init__(self) -> None:
        self._by_token: dict[int, list[Waiter]] = defaultdict(list)
        self._count = 0
        # How often something may have changed: who looked since then need not look again.
        self.wakes = 0

    @contextmanager
    def joined(self, token: int) -> Iterator[Waiter]:
        """Count a waiter of this token in; the oldest of three is sent home. Raises `TooManyTries`."""
        if self._count >= IN_ALL:
            raise TooManyTries(RETRY_AFTER)
        waiter, own = Waiter(), self._by_token[token]
        if len(own) >= PER_TOKEN:
            oldest = own.pop(0)
            oldest.dismissed = True
            oldest.wake()
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

    def wake_all(self) -> None:
        self.wakes += 1
        for own in self._by_token.values():
            for waiter in own:
                waiter.wake()


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
    """Wake the waiters at every change, whichever process made it. Runs as long as the server does."""
    while True:
        try:
            if events.is_local():
                bell = Bell()
                events.listen(bell)
                await _wake_at(bell.ring)
            else:
                await _wake_at(await _channel())
        except Exception as err:
            # Redis has errors of its own. Whoever waits looks by themselves when their time is over.
            log.warning("changes are told late, since the channel layer is away: %s", err)
            await asyncio.sleep(RECONNECT)


async def _channel() -> Callable[[], Awaitable[Any]]:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(events.GROUP, channel)
    return lambda: layer.receive(channel)


async def _wake_at(change: Callable[[], Awaitable[Any]]) -> None:
    waiters.wake_all()  # what happened while nobody listened
    while True:
        await change()
        waiters.wake_all()
        await asyncio.sleep(PAUSE)
