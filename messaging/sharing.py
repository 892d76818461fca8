"""One look for all pages that lack the same: many open ones would each ask and draw what their neighbours did."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
# Pages hear of an event in the same moment; what was seen after it stays good for whoever hears of it a little later.
GOOD_FOR = 0.25


class Shared(Generic[T]):
    """Looks by what was asked. A key must name the last event heard, so that no look is older than its news."""

    def __init__(self) -> None:
        self._looks: dict[Hashable, asyncio.Future[T]] = {}

    async def get(self, key: Hashable, look: Callable[[], Awaitable[T]]) -> T:
        """Return what a look with this key returns, or what it just returned to another page."""
        if (found := self._looks.get(key)) is None:
            found = self._looks[key] = asyncio.ensure_future(look())
            asyncio.get_running_loop().call_later(GOOD_FOR, self._looks.pop, key, None)
        # Shielded: a page that is closed meanwhile takes nothing from the others.
        return await asyncio.shield(found)
