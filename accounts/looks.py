"""How a name looks: two names that a reader takes for one another look alike, whatever script they are written in.

The table is Unicode's own (Technical Standard 39, confusables), as the package confusable-homoglyphs carries it.
"""

import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

import msgspec


class Alike(msgspec.Struct):
    """A character, or a few, that look like another."""

    c: str


@lru_cache(maxsize=16384)
def looks(name: str) -> tuple[str, str]:
    """Return how a name looks in small letters and in capitals; one of the two in common is enough to be confused."""
    text = " ".join(unicodedata.normalize("NFKC", name).split())
    return _skeleton(text.casefold()), _skeleton(text.upper())


def look_of(name: str) -> str:
    """Return how a name looks in small letters, as it is kept."""
    return looks(name)[0][:512] if name else ""


def are_alike(name: str, other: str) -> bool:
    """Tell whether a reader could take one name for the other."""
    return any(a == b for a, b in zip(looks(name), looks(other), strict=True))


def _skeleton(text: str) -> str:
    """Return the text with each character replaced by the one that stands for all that look like it (UTS 39, 4)."""
    table = _prototypes()
    seen = "".join(table.get(character, character) for character in unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFD", seen).casefold()


@cache
def _prototypes() -> dict[str, str]:
    """Return which characters stand for which others.

    The package lists both ways: at a prototype all that look like it, at each of those the prototype alone.
    """
    # Each list is decoded by itself, and forgotten: all at once they would take many times the memory of the result.
    lists = msgspec.json.decode(
        files("confusable_homoglyphs").joinpath("confusables.json").read_bytes(), type=dict[str, msgspec.Raw]
    )
    alike = {shown: _read(raw) for shown, raw in lists.items()}
    return {
        shown: other
        for shown, (count, other) in alike.items()
        if len(shown) == 1 and count == 1 and _stands_for(other, shown, alike)
    }


def _read(raw: msgspec.Raw) -> tuple[int, str]:
    """Return how many look like a character, and one of them."""
    others = {each.c for each in msgspec.json.decode(raw, type=list[Alike])}
    return len(others), next(iter(others))


def _stands_for(prototype: str, shown: str, alike: dict[str, tuple[int, str]]) -> bool:
    if len(prototype) > 1 or alike.get(prototype, (0, ""))[0] > 1:
        return True
    # A pair, and nothing says which of the two stands for the other: either will do, if it is always the same.
    return prototype < shown
