"""Counting: as the library does, without a thread for each count."""

import threading
import time

import pytest
from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from peers.older.limits import Counts


@pytest.fixture
def counts(monkeypatch) -> Counts:
    made = Counts()
    made.timer.join()
    monkeypatch.setattr(made, "_sweep_at", time.time() + 60)
    return made


def test_a_limit_is_reached_and_ends_with_its_window(counts):
    limiter, limit = FixedWindowRateLimiter(counts), RateLimitItemPerSecond(2)
    assert [limiter.hit(limit, "mallory") for _ in range(3)] == [True, True, False]
    assert limiter.hit(limit, "alice")
    counts.expirations = dict.fromkeys(counts.expirations, 0.0)
    assert limiter.hit(limit, "mallory")


def test_counting_starts_no_thread(counts):
    before = threading.active_count()
    for number in range(50):
        counts.incr(f"key {number}", 60)
    assert threading.active_count() == before


def test_old_counts_are_forgotten_now_and_then(counts, monkeypatch):
    counts.incr("old", -1)
    monkeypatch.setattr(counts, "_sweep_at", 0.0)
    counts.incr("new", 60)
    counts.timer.join()
    assert set(counts.storage) == {"new"}
