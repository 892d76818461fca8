"""What the templates draw: plain values, ready to show."""

import unicodedata
import uuid
from dataclasses import dataclass
from datetime import date, datetime

HUES = 8
# Enough for a letter with its marks; a name may pile up more.
MOST_MARKS = 4
JOINERS = {"\u200d", "\ufe0f"}


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the list, with the last words of the conversation."""

    uuid: uuid.UUID
    name: str
    online: bool
    last_seen: datetime | None
    last_text: str
    last_mine: bool
    last_state: str
    last_at: datetime | None
    unread: int
    stopped: bool

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def hue(self) -> int:
        return hue(self.uuid)


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message, or a notice between messages."""

    kind: str
    id: str
    pk: int
    key: str
    mine: bool
    text: str
    sent_at: datetime
    state: str
    reason: str
    day: date
    starts_day: bool
    follows: bool
    first_unread: bool


@dataclass(frozen=True, slots=True)
class ConversationView:
    """The head of an open conversation, and whether anything can be written in it."""

    uuid: uuid.UUID
    name: str
    online: bool
    last_seen: datetime | None
    stopped: bool
    can_send: bool
    peer_sentence: str

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def hue(self) -> int:
        return hue(self.uuid)


@dataclass(frozen=True, slots=True)
class Link:
    """A way that does not work now ("server" or "peer"), and what that means."""

    which: str
    sentence: str


def hue(person: uuid.UUID) -> int:
    """Return which of the colours is this person's, the same on every screen."""
    return person.int % HUES


def initials(name: str) -> str:
    """Return the first letters of the first two words, in any script and with their marks."""
    return "".join(_first_letter(word) for word in name.split()[:2])


def _first_letter(word: str) -> str:
    start = next((index for index, character in enumerate(word) if character.isalnum()), 0)
    end = start + 1
    while end < len(word) and end <= start + MOST_MARKS and _joins(word[end - 1], word[end]):
        end += 1
    return word[start:end].upper()


def _joins(before: str, character: str) -> bool:
    return before == "\u200d" or character in JOINERS or unicodedata.category(character).startswith("M")
