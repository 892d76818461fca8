"""How often one may guess. Counts live in memory, or in Redis when REDIS_URL is set."""

import time
from functools import cache

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from accounts.errors import TooManyTries
from accounts.names import name_key

# Per address, so that a stranger elsewhere cannot lock a person out.
NAME_AND_ADDRESS = RateLimitItemPerMinute(9, 15)
ADDRESS = RateLimitItemPerMinute(60, 5)
# Counted only behind a right password, and answered like any wrong code.
CODES = RateLimitItemPerDay(100)
# A flood must not fill the audit log.
NOTES = RateLimitItemPerMinute(1, 15)


@cache
def limiter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(storage_from_string(getattr(settings, "REDIS_URL", "") or "memory://"))


def count_try(name: str, address: str) -> None:
    """Count one try to sign in, or raise TooManyTries."""
    count_address(address)
    hit(NAME_AND_ADDRESS, "name", name_key(name)[:256], address)


def count_address(address: str) -> None:
    """Count one try of any kind from this address, or raise TooManyTries."""
    hit(ADDRESS, "address", address)


def forgive(name: str, address: str) -> None:
    """Forget the tries of a person who got in."""
    limiter().clear(NAME_AND_ADDRESS, "name", name_key(name)[:256], address)


def is_worth_noting(name: str, address: str) -> bool:
    """Is this the first refusal of this name and address for a while?"""
    return limiter().hit(NOTES, "notes", name_key(name)[:256], address)


def may_guess_code(person_id: object) -> bool:
    """Count one guess at this account's code; False when the day's are used up."""
    return limiter().hit(CODES, "codes", str(person_id))


def hit(limit: RateLimitItem, *keys: str) -> None:
    if not limiter().hit(limit, *keys):
        reset = limiter().get_window_stats(limit, *keys).reset_time
        raise TooManyTries(max(1, int(reset - time.time()) + 1))
