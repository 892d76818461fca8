"""How a person is drawn without a picture: first letters on a colour of their own."""

import unicodedata
import uuid

HUES = 8
# Enough for a letter with its marks; a name may pile up more.
MOST_MARKS = 4
JOINERS = {"\u200d", "\ufe0f"}


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
