"""User names and passwords as text: what is allowed, and what counts as the same."""

import unicodedata

from accounts.errors import BadName, BadPassword

MAX_NAME = 64
MAX_PASSWORD = 1024
MIN_PASSWORD = 12
PUNCTUATION = frozenset("._-")
# Letters and marks by category, but nothing is drawn for them.
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")


def clean_name(text: str) -> str:
    """Return the name as it is stored, or raise BadName."""
    name = unicodedata.normalize("NFC", text.strip())
    if not 1 <= len(name) <= MAX_NAME or not all(map(is_name_character, name)):
        raise BadName
    if not name[0].isalnum() or len(name_key(name)) > 4 * MAX_NAME:
        raise BadName
    return name


def name_key(text: str) -> str:
    """Return what two spellings of one name have in common."""
    folded = unicodedata.normalize("NFKC", text.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)


def is_name_character(char: str) -> bool:
    """Is this a letter, a digit or a mark that a reader can see?"""
    if char in PUNCTUATION:
        return True
    if char in BLANK_LETTERS or "VARIATION SELECTOR" in unicodedata.name(char, ""):
        return False
    return unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Mn", "Mc"}


def normal_password(text: str) -> str:
    """Return one spelling, so that every keyboard types the same password."""
    if len(text) > MAX_PASSWORD:
        raise BadPassword("The password is too long.")
    return unicodedata.normalize("NFC", text)
