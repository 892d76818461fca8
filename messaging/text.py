"""What may be sent as a person's words."""

import unicodedata

from messaging.errors import EmptyText, TextTooLong, UnsendableCharacter

MAX_BYTES = 65_536
# Separators, controls and format characters: text of nothing else shows as nothing.
BLANK = {"Zs", "Zl", "Zp", "Cc", "Cf"}


def clean_text(typed: str, *, with_files: bool = False) -> str:
    """Return the words as they are sent: as typed, with line ends as one character. Files may come without words.

    Raises `EmptyText`, `TextTooLong` or `UnsendableCharacter`.
    """
    text = typed.replace("\r\n", "\n").replace("\r", "\n")
    check_text(text, with_files=with_files)
    return text


def check_text(text: str, *, with_files: bool = False) -> None:
    """Raise what `clean_text` raises, for words that came from elsewhere and stay as they are."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as err:
        raise UnsendableCharacter from err
    if "\0" in text:
        raise UnsendableCharacter
    if size > MAX_BYTES:
        raise TextTooLong(size, MAX_BYTES)
    if not with_files and all(unicodedata.category(character) in BLANK for character in text):
        raise EmptyText
