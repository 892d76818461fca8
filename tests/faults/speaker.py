"""Somebody at a page: says words, waits for the composer's answer, and says again what got none."""

import time
import uuid
from collections import deque

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.journeys.processes import Node, Page

# So many words are under way at once, as from a page that catches up.
AT_ONCE = 50
GONE = (ConnectionClosed, InvalidHandshake, InvalidMessage, OSError, EOFError)


class Speaker:
    """Words for one person, each with its key. The same key again is the same message, as in the real page."""

    def __init__(self, node: Node, person: str, mark: str) -> None:
        self.node, self.person, self.mark = node, person, mark
        # What the composer took, in the order in which it was said.
        self.taken: list[str] = []
        # What the composer refused, with its key, and what the page was told.
        self.refused: list[tuple[str, str]] = []
        self.sentences: set[str] = set()
        self._thoughts: deque[tuple[str, str]] = deque()
        self._count = 0

    def think(self, count: int) -> None:
        """Have so many more words to say."""
        for _ in range(count):
            self._count += 1
            self._thoughts.append((str(uuid.uuid4()), f"{self.mark}{self._count:06d}"))

    def say_all(self, seconds: float = 120.0) -> list[str]:
        """Say all that is left, over as many sockets as it takes; return what the composer took."""
        before, end = len(self.taken), time.monotonic() + seconds
        while self._thoughts:
            if time.monotonic() > end:
                raise AssertionError(f"the composer of {self.node.account.name} took nothing more")
            if not self.try_to_say():
                time.sleep(0.1)
        return self.taken[before:]

    def try_to_say(self) -> bool:
        """Say what is left over one socket; tell whether all was answered. It may die on the way."""
        try:
            page = self.node.browser.socket()
        except GONE:
            return False
        try:
            while self._thoughts:
                self._say_some(page)
        except GONE:
            return False
        finally:
            page.close()
        return True

    def say_refused_again(self) -> None:
        """Say what was refused once more, under the same keys: it stayed in the composer."""
        self._thoughts.extend(self.refused)
        self.refused.clear()
        self.say_all()

    def post(self) -> None:
        """Say one thing through the form of the page without script; return when the post is answered."""
        self.think(1)
        key, text = self._thoughts[0]
        path = f"/with/{self.person}/"
        if not self.node.browser.token:
            self.node.browser.get(path)
        answer = self.node.browser.post(path + "send", {"text": text, "key": key})
        assert answer.status_code == 303, answer.text
        self._thoughts.popleft()
        self.taken.append(text)

    def _say_some(self, page: Page) -> None:
        some = [self._thoughts[place] for place in range(min(AT_ONCE, len(self._thoughts)))]
        self._write(page, some)
        open_keys = {key for key, _ in some}
        refused: set[str] = set()
        while open_keys:
            frame = page.hear(lambda frame: frame.get("key") in open_keys, 60.0)
            open_keys.discard(frame["key"])
            if frame["type"] == "refused":
                refused.add(frame["key"])
                self.sentences.add(frame["sentence"])
        for key, text in some:
            self._thoughts.popleft()
            if key in refused:
                self.refused.append((key, text))
            else:
                self.taken.append(text)

    def _write(self, page: Page, some: list[tuple[str, str]]) -> None:
        for key, text in some:
            page.say(type="send", key=key, text=text, **{"with": self.person})
