"""What a view may say of the line to whoever calls."""

from collections import Counter
from typing import Any

MEMBERS_PER_ADDRESS = 20_000


class Caller:
    """One connection. It counts among the strangers' of its address until its caller proves to be a member."""

    def __init__(self, channel: Any, host: str, strangers: Counter[str], members: Counter[str]) -> None:
        self._channel, self._host = channel, host
        self._counted, self._members = strangers, members
        self._rests = self._is_paused = False
        self._counted[host] += 1

    def welcome(self) -> None:
        """A member calls: count it among those, if there is room. A whole office may have one address."""
        if self._counted is not self._members and self._members[self._host] < MEMBERS_PER_ADDRESS:
            self.end()
            self._counted = self._members
            self._counted[self._host] += 1

    def end(self) -> None:
        """Count it no more."""
        self._counted[self._host] -= 1
        if self._counted[self._host] <= 0:
            del self._counted[self._host]

    def rest(self) -> None:
        """After the answer that is due, hear nothing more until `go_on`: others wait for theirs."""
        self._rests = True

    def go_on(self) -> None:
        """Hear what comes."""
        self._rests = False
        if self._is_paused:
            self._is_paused = False
            self._channel.transport.resumeProducing()

    def answered(self) -> None:
        """An answer is out."""
        if self._rests:
            self._is_paused = True
            self._channel.transport.pauseProducing()
