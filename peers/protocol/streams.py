"""Where an envelope stands in its stream, decided before the ratchet is touched."""

import enum


class Place(enum.Enum):
    DUPLICATE = "duplicate"
    NEXT = "next"
    GAP = "gap"


def place(last: int, number: int) -> Place:
    """Compare an envelope's number with the last one that we hold of its stream (0 for a new stream)."""
    if number <= last:
        return Place.DUPLICATE
    return Place.NEXT if number == last + 1 else Place.GAP
