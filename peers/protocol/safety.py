"""The safety number of two people: what they compare to know that nobody stands between them.

Made as Signal makes its numeric fingerprint (libsignal, rust/protocol/src/fingerprint.rs): SHA-512, iterated 5,200
times, of which 30 digits are shown for each of the two. What is hashed is ours: a purpose, and the first statement of a
person's list of devices, which stays the same for as long as the list is only extended.
"""

import hashlib

PURPOSE = b"peernet/1/safety-number\x00"
ROUNDS = 5200
GROUPS, DIGITS = 6, 5
BYTES_A_GROUP = 5
QR_PREFIX = "peernet-safety-1:"


def half(person: bytes, first_statement: bytes) -> str:
    """Return the 30 digits of one person: their id (16 bytes), and the body of their first statement."""
    seed = PURPOSE + person + first_statement
    digest = b""
    for _ in range(ROUNDS):
        digest = hashlib.sha512(digest + seed).digest()
    return "".join(_group(digest[i : i + BYTES_A_GROUP]) for i in range(0, GROUPS * BYTES_A_GROUP, BYTES_A_GROUP))


def _group(chunk: bytes) -> str:
    return f"{int.from_bytes(chunk, 'big') % 10**DIGITS:0{DIGITS}d}"


def safety_number(one: str, other: str) -> str:
    """Return the 60 digits of two people, the same whoever computes them."""
    return "".join(sorted((one, other)))


def groups(number: str) -> list[str]:
    """Return the digits in groups of five, as people read them to each other."""
    return [number[start : start + DIGITS] for start in range(0, len(number), DIGITS)]


def qr_text(number: str) -> str:
    """Return what the QR code of a safety number holds."""
    return QR_PREFIX + number
