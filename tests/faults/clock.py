"""A wall clock that jumps: the order "clock" is how many seconds it is ahead, or behind."""

import time
from datetime import datetime, timedelta

from django.utils import timezone

from tests.faults.orders import Orders


def install(orders: Orders) -> None:
    """Let this process tell the time by the order."""
    wall, wall_ns, now = time.time, time.time_ns, timezone.now

    def ahead() -> float:
        return orders.get("clock") or 0.0

    def jumped() -> datetime:
        return now() + timedelta(seconds=ahead())

    time.time = lambda: wall() + ahead()
    time.time_ns = lambda: wall_ns() + int(ahead() * 1e9)
    timezone.now = jumped
