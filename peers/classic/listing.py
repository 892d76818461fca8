"""What a node says it can do: the text of /listAPI."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from peers.classic import encryption, hashing
from peers.classic.year import Year


@dataclass(frozen=True, slots=True)
class Abilities:
    """The standards a node has. Absent or unreadable means that it has none but 0."""

    encryption: tuple[int, ...] = (0,)
    hashing: tuple[int, ...] = (0,)
    calls: tuple[str, ...] = ()


def write_listing(year: Year, calls: Sequence[str]) -> str:
    """Return the text of /listAPI: calls, then the standards, and no line end after the last of them."""
    standards = " ".join(map(str, encryption.STANDARDS[year])), " ".join(map(str, hashing.STANDARDS[year]))
    return "\n".join([*calls, f"Encryption {standards[0]}", f"Hashing {standards[1]}"])


def read_listing(text: str) -> Abilities:
    """Return what a node says it can do, however it spells that."""
    lines = [line.strip() for line in text.splitlines()]
    calls = tuple(match[1].lower() for line in lines if (match := re.match(r"/?(\w+)", line)))
    return Abilities(_numbers(lines, "encryption"), _numbers(lines, "hashing"), calls)


def _numbers(lines: Sequence[str], word: str) -> tuple[int, ...]:
    for line in reversed(lines):
        if line.lower().startswith(word):
            return tuple(sorted({int(found) for found in re.findall(r"[0-9]", line)} | {0}))
    return (0,)
