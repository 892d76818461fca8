"""One line of the doctor's report."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it is. Only FAIL makes the doctor end with 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do."""

    level: Level
    what: str
    sentence: str


def ok(what: str, sentence: str) -> Finding:
    """It is as it should be."""
    return Finding(Level.OK, what, sentence)


def warn(what: str, sentence: str) -> Finding:
    """It works, or may be meant so; somebody should know."""
    return Finding(Level.WARN, what, sentence)


def fail(what: str, sentence: str) -> Finding:
    """It does not work, and the sentence says what to do."""
    return Finding(Level.FAIL, what, sentence)
