"""How long a request may take to arrive."""

import time
from itertools import takewhile
from typing import Any

REQUEST_SECONDS, LOOK_EVERY = 60, 1


class Deadlines:
    """Ends connections whose request, head and body, takes too long to arrive.

    One timer looks after them all, while there are any: one for each cost as much as a tenth of a call.
    """

    def __init__(self) -> None:
        # All last as long, so those that end first stand first.
        self._ends: dict[Any, float] = {}
        self._timer: Any = None

    def begin(self, channel: Any) -> None:
        """Give a channel's request its time, anew if it had some."""
        from twisted.internet import reactor

        self.end(channel)
        self._ends[channel] = time.monotonic() + REQUEST_SECONDS
        if self._timer is None:
            self._timer = reactor.callLater(LOOK_EVERY, self._look)

    def end(self, channel: Any) -> None:
        """The request is here, or the connection is gone."""
        self._ends.pop(channel, None)

    def __contains__(self, channel: Any) -> bool:
        return channel in self._ends

    def _look(self) -> None:
        from twisted.internet import reactor

        now = time.monotonic()
        for channel in [*takewhile(lambda each: self._ends[each] <= now, self._ends)]:
            self.end(channel)
            channel.forceAbortClient()
        self._timer = reactor.callLater(LOOK_EVERY, self._look) if self._ends else None
