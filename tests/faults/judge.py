"""Compares what the composer took with what the recipient's database holds. Every count must be 0."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

ARRIVED = ("delivered", "read")


@dataclasses.dataclass
class Verdict:
    """What went wrong, and how often."""

    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    stuck: int = 0
    wrong_state: int = 0
    undecryptable: int = 0

    @property
    def is_clean(self) -> bool:
        return not any(dataclasses.astuple(self))

    def __add__(self, other: "Verdict") -> "Verdict":
        pairs = zip(dataclasses.astuple(self), dataclasses.astuple(other), strict=True)
        return Verdict(*(one + two for one, two in pairs))


def judge(
    taken: Sequence[str],
    sender: Sequence[dict[str, Any]],
    recipient: Sequence[dict[str, Any]],
    failed: Collection[str] = (),
) -> Verdict:
    """Judge one direction.

    `taken` are the words that the composer answered, in their order; `failed` those of them that must be shown as not
    delivered. A sender's row that an older copy of a home no longer has is not judged.
    """
    arrived = [row["text"] for row in recipient if not row["mine"]]
    states = {row["text"]: row["state"] for row in sender if row["mine"]}
    return Verdict(
        lost=len(set(taken) - set(failed) - set(arrived)),
        doubled=sum(count - 1 for count in Counter(arrived).values()),
        reordered=_inversions(taken, arrived),
        wrong_state=sum(_is_wrong(text, state, set(arrived), failed) for text, state in states.items()),
    )


def _is_wrong(text: str, state: str, arrived: set[str], failed: Collection[str]) -> bool:
    if text in failed:
        return state != "failed" or text in arrived
    return (text in arrived) != (state in ARRIVED)


def _inversions(taken: Sequence[str], arrived: Sequence[str]) -> int:
    """Count the words that stand before others which were taken earlier."""
    places = {text: place for place, text in enumerate(taken)}
    first = list(dict.fromkeys(text for text in arrived if text in places))
    return sum(places[one] > places[two] for one, two in zip(first, first[1:], strict=False))
