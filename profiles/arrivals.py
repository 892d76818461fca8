"""Profiles that a page waits a moment for: most are here before it is drawn, and then it is drawn once."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

_change = threading.Lock()
_waiting: dict[uuid.UUID, list[threading.Event]] = {}


@contextmanager
def expecting(person: uuid.UUID) -> Iterator[threading.Event]:
    """Give what is set once a profile of this person is stored. Begin before you ask for it."""
    arrived = threading.Event()
    with _change:
        _waiting.setdefault(person, []).append(arrived)
    try:
        yield arrived
    finally:
        with _change:
            _waiting[person].remove(arrived)
            if not _waiting[person]:
                del _waiting[person]


def came(person: uuid.UUID) -> None:
    """Tell the pages that wait for this person's profile."""
    with _change:
        for arrived in _waiting.get(person, ()):
            arrived.set()
