"""A hybrid logical clock (Kulkarni et al., 2014): wall time that never goes back and respects cause and effect.

A reading is one integer: milliseconds since 1970, shifted left by 16 bits, plus a counter.
"""

COUNTER_BITS = 16
# A peer whose clock is far ahead must not drag ours along, nor sort on top for ever.
MAX_AHEAD_MS = 5 * 60 * 1000


def tick(last: int, now_ms: int) -> int:
    """Return the reading for an event of our own, after `last`."""
    return max(last + 1, now_ms << COUNTER_BITS)


def merge(last: int, remote: int, now_ms: int) -> int:
    """Return the reading for an event that we received; `remote` counts up to five minutes ahead of us."""
    ahead = (now_ms + MAX_AHEAD_MS) << COUNTER_BITS
    return tick(max(last, min(remote, ahead)), now_ms)


def milliseconds(reading: int) -> int:
    """Return the wall time of a reading, in milliseconds since 1970."""
    return reading >> COUNTER_BITS
