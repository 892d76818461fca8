"""How often the classic login calls may be made."""

from functools import cache

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from peers.classic.codes import LoginCode, LoginError

# For one pair of credentials, the regular report apart.
CALLS = RateLimitItemPerMinute(10)
REPORTS = RateLimitItemPerMinute(20)
# What needs no credentials; a laboratory may share one address.
OPEN_CALLS = RateLimitItemPerMinute(120)
# An app password cannot be guessed; this spares the work.
FAILURES = RateLimitItemPerMinute(60)


@cache
def limiter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(storage_from_string(settings.REDIS_URL or "memory://"))


def count(limit: RateLimitItem, *keys: str) -> None:
    """Count one call. Raises `LoginError` 7 past the limit."""
    if not limiter().hit(limit, "classic-login", *keys):
        raise LoginError(LoginCode.LIMIT_REACHED)


def check(limit: RateLimitItem, *keys: str) -> None:
    """Raise `LoginError` 7 when the limit was reached; counts nothing."""
    if not limiter().test(limit, "classic-login", *keys):
        raise LoginError(LoginCode.LIMIT_REACHED)
