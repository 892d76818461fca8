"""What a classic login server and its clients write to each other."""

import hashlib
import ipaddress
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from peers.classic import ciphers
from peers.classic.ciphers import BadKey, PublicKey, Undecryptable
from peers.classic.codes import LoginCode, LoginError
from peers.classic.year import Year

PASSWORD_SALT_2017 = "COMPSYS302-2017"  # noqa: S105 - the protocol's own, the same for everybody
# Published with the protocol: it hides arguments from nobody who looks.
ARGUMENT_KEY = b"150ecd12d550d05ad83f18328e536f53"
LIST_HEAD = "0, Online user list returned"
# What a report that was taken is answered with begins so.
LOGGED = "0"
LOCATIONS = ("0", "1", "2")
MAX_NAME = 150
MAX_USERS = 10_000
NUMBER = re.compile(r"[0-9]{1,11}", re.ASCII)


def password_hash(year: Year, password: str, user_name: str) -> str:
    """Return what a client sends in the place of a password."""
    salt = PASSWORD_SALT_2017 if year is Year.Y2017 else user_name
    return hashlib.sha256((password + salt).encode()).hexdigest()


def encrypt_argument(text: str, iv: bytes | None = None) -> str:
    """Return an argument as it is sent with enc=1."""
    return ciphers.aes_encrypt(text, ARGUMENT_KEY, iv)


def decrypt_argument(text: str) -> str:
    """Return an argument that came with enc=1. Raises `LoginError`."""
    try:
        return ciphers.aes_decrypt(text, ARGUMENT_KEY)
    except Undecryptable as err:
        raise LoginError(LoginCode.DECRYPTION_FAILED) from err


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of a user list. Everything in it is only what their client, or the login server, says."""

    user_name: str
    location: str
    ip: str
    port: int
    last_login: int
    public_key: str = ""

    def fields(self) -> list[str]:
        """The fields as a list names them, the key only if there is one."""
        first = [self.user_name, self.location, self.ip, str(self.port), str(self.last_login)]
        return [*first, self.public_key] if self.public_key else first


NAMES = ("username", "location", "ip", "port", "lastLogin", "publicKey")


def write_list(people: Iterable[Listed]) -> str:
    """Return a user list as text."""
    return "".join(f"{line}\r\n" for line in (LIST_HEAD, *(",".join(each.fields()) for each in people)))


def write_json_list(people: Iterable[Listed]) -> str:
    """Return a user list as JSON: an object of numbered objects of strings."""
    return json.dumps(
        {str(number): dict(zip(NAMES, each.fields(), strict=False)) for number, each in enumerate(people)}
    )


def read_list(text: str) -> list[Listed]:
    """Return the usable entries of a user list, text or JSON. Raises `LoginError` for an answer that is none."""
    if text.lstrip()[:1] == "{":
        rows = _json_rows(text)
    elif text.lstrip()[:1] == "0":
        rows = [line.split(",") for line in text.splitlines()[1:] if line.strip()]
    else:
        raise LoginError(LoginCode.UNAUTHENTICATED if text.lstrip()[:1] == "2" else LoginCode.INVALID_VALUE)
    return [entry for row in rows[:MAX_USERS] if (entry := _entry(row)) is not None]


def _json_rows(text: str) -> list[list[str]]:
    try:
        found = msgspec.json.decode(text.encode(), type=dict[str, dict[str, str | int | float | None]])
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as err:
        raise LoginError(LoginCode.INVALID_VALUE) from err
    return [[str(row.get(name) if row.get(name) is not None else "") for name in NAMES] for row in found.values()]


def _entry(row: list[str]) -> Listed | None:
    """Return an entry, or None for one that names no place to dial: others of the same list still count."""
    row = [field.strip() for field in row] + [""] * (len(NAMES) - len(row))
    name, location, ip, port, last_login, key = row[: len(NAMES)]
    # Some servers write the time with its fraction.
    last_login = last_login.split(".")[0]
    try:
        address = check_address(ip, port)
    except LoginError:
        return None
    if not is_name(name) or location not in LOCATIONS or not NUMBER.fullmatch(last_login):
        return None
    return Listed(name, location, *address, int(last_login), key if is_key(key) else "")


def is_name(name: str) -> bool:
    """Whether text can stand as a user name in a list: no comma, no blank, nothing invisible."""
    return 0 < len(name) <= MAX_NAME and name.isprintable() and not any(c in ",\" '<>&" for c in name)


def is_key(text: str) -> bool:
    """Whether text is a public key that nodes can use."""
    try:
        return bool(text) and PublicKey(text).bits > 0
    except BadKey:
        return False


def plain_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address; an IPv4 one in the clothes of IPv6 as what it is, and will be dialled as.

    Raises `ValueError`.
    """
    found = ipaddress.ip_address(text)
    return getattr(found, "ipv4_mapped", None) or found


def check_address(ip: str, port: str) -> tuple[str, int]:
    """Return a literal address that names a single host, and a port. Raises `LoginError`."""
    try:
        found = plain_address(ip)
    except ValueError as err:
        raise LoginError(LoginCode.INVALID_VALUE) from err
    if not NUMBER.fullmatch(port) or not 0 < int(port) < 65536:
        raise LoginError(LoginCode.INVALID_VALUE)
    broadcast = str(found) == "255.255.255.255"
    if found.is_multicast or found.is_unspecified or found.is_link_local or "%" in ip or broadcast:
        raise LoginError(LoginCode.FALSE_LOCATION)
    return str(found), int(port)


def can_reach(ours: str, theirs: str) -> bool:
    """Whether a host at one location can dial one at another: 2 is reachable by all, 0 and 1 from the same place."""
    return theirs == "2" or ours == theirs
