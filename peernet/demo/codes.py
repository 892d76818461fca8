"""Codes of the sample people's phones (RFC 6238)."""

import time
from base64 import b32decode

from django_otp.oath import TOTP

STEP = 30


def code_of(secret: str, steps: int = 0) -> str:
    """Return the six digits of now, or of so many steps of 30 s later."""
    phone = TOTP(b32decode(secret))
    phone.time = time.time() + STEP * steps
    return f"{phone.token():06d}"


def seconds_left() -> int:
    """Return how long the codes of now go on."""
    return STEP - int(time.time()) % STEP
