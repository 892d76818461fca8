"""How much a classic node may ask of us."""

import time
from functools import cache

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from peers.classic.codes import ClassicError, Code

# What is refused costs a stranger nothing and us little; a laboratory may share one address.
REFUSALS = RateLimitItemPerSecond(100, 10)
# A program that writes as fast as it can fills a day in a minute: enough for any person.
MESSAGES = RateLimitItemPerMinute(10_000, 10)
# Whoever invents names fills the member's list with them; a laboratory may share one address.
STRANGERS = RateLimitItemPerHour(20)
# Each may be 5 MiB.
FILES = RateLimitItemPerMinute(120, 10)
# Decryption on request.
HANDSHAKES = RateLimitItemPerMinute(20)
# Each makes us push all that is held.
RETRIEVALS = RateLimitItemPerMinute(3)
QUESTIONS = RateLimitItemPerMinute(300)


# Old counts are forgotten so often.
SWEEP_SECONDS = 10.0


class Counts(MemoryStorage):
    """Counts in memory. The library would start a thread with almost every count, to forget old ones."""

    def __init__(self) -> None:
        super().__init__("memory://")
        self._sweep_at = 0.0

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count as the library does, and leave the forgetting to one of many."""
        now = time.time()
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_SECONDS
            return super().incr(key, expiry, amount)
        self.get(key)
        with self.locks[key]:
            self.storage[key] += amount
            if self.storage[key] == amount:
                self.expirations[key] = now + expiry
            return self.storage[key]


@cache
def limiter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(storage_from_string(settings.REDIS_URL) if settings.REDIS_URL else Counts())


def count(limit: RateLimitItem, what: str, *keys: str) -> None:
    """Count one. Raises `ClassicError` 11 past the limit."""
    if not limiter().hit(limit, "classic", what, *keys):
        raise ClassicError(Code.REFUSED, "rate limit")


def check(limit: RateLimitItem, what: str, *keys: str) -> None:
    """Raise `ClassicError` 11 when the limit was reached; counts nothing."""
    if not limiter().test(limit, "classic", what, *keys):
        raise ClassicError(Code.REFUSED, "rate limit")
