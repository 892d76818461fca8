"""Which chunks of a blob are there: a bit each, the first one lowest in the first byte."""

from collections.abc import Iterable, Sequence


def holds(have: bytes, index: int) -> bool:
    """Tell whether a chunk is there."""
    byte = index // 8
    return byte < len(have) and bool(have[byte] >> index % 8 & 1)


def with_chunks(have: bytes, indexes: Sequence[int]) -> bytes:
    """Return the list with more chunks on it."""
    grown = bytearray(have.ljust(max(indexes, default=-1) // 8 + 1, b"\0"))
    for index in indexes:
        grown[index // 8] |= 1 << index % 8
    return bytes(grown)


def missing(have: bytes, wanted: Iterable[int]) -> list[int]:
    """Return the chunks that are not there, in the order asked."""
    return [index for index in wanted if not holds(have, index)]


def neighbours(indexes: Sequence[int], most: int) -> int:
    """Return how many chunks at the beginning of a list follow each other, up to `most`."""
    count = 0
    while count < min(most, len(indexes)) and indexes[count] == indexes[0] + count:
        count += 1
    return count
