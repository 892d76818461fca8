"""Words that the member types into a profile, made fit to travel: visible characters only."""

import unicodedata

from peers.protocol.profile import BREAKS, is_hidden


def clean_line(typed: str) -> str:
    """Return one line without what nobody sees, its spaces made single."""
    spaced = "".join(" " if character.isspace() else character for character in typed)
    visible = "".join(character for character in spaced if not is_hidden(character))
    return " ".join(unicodedata.normalize("NFC", visible).split())


def clean_text(typed: str) -> str:
    """Return several lines without what nobody sees."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n")
    visible = "".join(character for character in text if character in BREAKS or not is_hidden(character))
    return unicodedata.normalize("NFC", visible).strip()
