"""When something was said, by whose clock."""

from datetime import UTC, datetime, timedelta

from peers.protocol.clock import milliseconds

# What waits longer is given up, so a letter cannot honestly be older on arrival, but for one that was restored.
OLDEST = timedelta(days=30)


def time_of(clock: int) -> datetime:
    """Return the wall time of a reading of our own clock."""
    return datetime.fromtimestamp(milliseconds(clock) / 1000, UTC)


def time_by_peer(clock: int, arrived: datetime) -> datetime:
    """Return when a peer says that they sent something, or the arrival when they cannot be right."""
    if not 0 <= milliseconds(clock) <= arrived.timestamp() * 1000:
        return arrived
    sent = time_of(clock)
    return sent if sent >= arrived - OLDEST else arrived
