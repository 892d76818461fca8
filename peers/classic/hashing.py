"""Hashing standards of both years. They show damage, not the sender: whoever writes the text makes the hash as well."""

import hashlib
import hmac
import re
from collections.abc import Callable

import bcrypt
from passlib.hash import scrypt  # type: ignore[import-untyped]

from peers.classic.codes import ClassicError, Code
from peers.classic.year import Year

# What a peer may ask this computer to work: about a quarter of a second each.
MAX_BCRYPT_ROUNDS, MAX_SCRYPT_LOG_N = 12, 16
BCRYPT_BYTES = 72
# What we ask of others, who may be small.
BCRYPT_ROUNDS, SCRYPT_LOG_N = 10, 14
BCRYPT = re.compile(r"\$2[abxy]\$([0-9]{2})\$[./A-Za-z0-9]{53}", re.ASCII)
SCRYPT = re.compile(r"\$scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})\$[./+=A-Za-z0-9]{1,128}\$[./+=A-Za-z0-9]{1,128}", re.ASCII)  # fmt: skip # noqa: E501

# The way of hashing, and whether the sender's name follows the text.
STANDARDS: dict[Year, dict[int, tuple[str, bool]]] = {
    Year.Y2017: {
        0: ("none", False),
        1: ("sha256", False),
        2: ("sha256", True),
        3: ("sha512", False),
        4: ("sha512", True),
        5: ("bcrypt", False),
        6: ("bcrypt", True),
        7: ("scrypt", False),
        8: ("scrypt", True),
    },
    Year.Y2018: {
        0: ("none", False),
        1: ("sha256", False),
        2: ("sha256", True),
        3: ("sha512", True),
        4: ("bcrypt", False),
        5: ("scrypt", False),
    },
}


def _standard(number: int, year: Year) -> tuple[str, bool]:
    try:
        return STANDARDS[year][number]
    except KeyError as err:
        raise ClassicError(Code.HASHING) from err


def is_salted(number: int, year: Year) -> bool:
    """Whether a standard hashes the sender's name behind the text. Raises `ClassicError` for an unknown one."""
    return _standard(number, year)[1]


def is_slow(number: int, year: Year) -> bool:
    """Whether checking a hash of this standard may take a quarter of a second."""
    return _standard(number, year)[0] in ("bcrypt", "scrypt")


def make_hash(number: int, year: Year, text: str, sender: str) -> str:
    """Return the hash of a text under a standard; empty for standard 0. Raises `ClassicError` for an unknown one."""
    way, salted = _standard(number, year)
    data = (text + sender if salted else text).encode()
    return MAKERS[way](data)


def check_hash(number: int, year: Year, text: str, sender: str, given: str) -> None:
    """Return if a hash belongs to a text. Raises `ClassicError`: 10 for an unknown standard, 7 if it does not match."""
    way, salted = _standard(number, year)
    data = (text + sender if salted else text).encode()
    if not CHECKERS[way](data, given):
        raise ClassicError(Code.HASH_MISMATCH)


def _digest(name: str) -> Callable[[bytes], str]:
    return lambda data: hashlib.new(name, data).hexdigest()


def _is_digest(name: str) -> Callable[[bytes, str], bool]:
    make = _digest(name)
    return lambda data, given: hmac.compare_digest(make(data).encode(), given.lower().encode())


def _bcrypt(data: bytes) -> str:
    return bcrypt.hashpw(data[:BCRYPT_BYTES], bcrypt.gensalt(BCRYPT_ROUNDS)).decode()


def _is_bcrypt(data: bytes, given: str) -> bool:
    found = BCRYPT.fullmatch(given)
    if not found or int(found[1]) > MAX_BCRYPT_ROUNDS:
        return False
    try:
        return bcrypt.checkpw(data[:BCRYPT_BYTES], given.encode())
    except ValueError:
        return False


def _scrypt(data: bytes) -> str:
    return str(scrypt.using(rounds=SCRYPT_LOG_N).hash(data))


def _is_scrypt(data: bytes, given: str) -> bool:
    found = SCRYPT.fullmatch(given)
    if not found:
        return False
    log_n, block, parallel = (int(number) for number in found.groups())
    # Memory is 128 · r · 2^ln bytes, time p times that.
    if not 1 <= log_n <= MAX_SCRYPT_LOG_N or not 1 <= block * parallel <= 8:
        return False
    try:
        return bool(scrypt.verify(data, given))
    except (ValueError, TypeError):
        return False


MAKERS: dict[str, Callable[[bytes], str]] = {
    "none": lambda data: "",
    "sha256": _digest("sha256"),
    "sha512": _digest("sha512"),
    "bcrypt": _bcrypt,
    "scrypt": _scrypt,
}
CHECKERS: dict[str, Callable[[bytes, str], bool]] = {
    "none": lambda data, given: True,
    "sha256": _is_digest("sha256"),
    "sha512": _is_digest("sha512"),
    "bcrypt": _is_bcrypt,
    "scrypt": _is_scrypt,
}
