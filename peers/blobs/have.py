"""Which chunks of a blob are there: a bit each, the first one lowest in the first byte."""


def holds(have: bytes, index: int) -> bool:
    """Tell whether a chunk is there."""
    byte = index // 8
    return byte < len(have) and bool(have[byte] >> index % 8 & 1)


def with_chunk(have: bytes, index: int) -> bytes:
    """Return the list with one more chunk on it."""
    grown = bytearray(have.ljust(index // 8 + 1, b"\0"))
    grown[index // 8] |= 1 << index % 8
    return bytes(grown)


def missing(have: bytes, count: int) -> list[int]:
    """Return the chunks of `count` that are not there, in order."""
    return [index for index in range(count) if not holds(have, index)]
