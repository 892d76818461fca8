"""The fields of a body, as two generations of nodes write them: numbers or strings, null for absent."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from peers.classic.ciphers import Undecryptable
from peers.classic.codes import ClassicError, Code
from peers.classic.encryption import Opener

STAMP = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
OPTION = re.compile(r"[0-9]", re.ASCII)
MAX_STAMP = 48
MAX_FIELDS = 64


class Body:
    """A decoded body. Values keep their literal text, for hashes and acknowledgements are made over it."""

    def __init__(self, data: bytes) -> None:
        """Read a JSON object. Raises `ClassicError` 1 for anything else."""
        try:
            raw = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as err:
            raise ClassicError(Code.MISSING_FIELD, "not a JSON object") from err
        if len(raw) > MAX_FIELDS:
            raise ClassicError(Code.MISSING_FIELD, "too many fields")
        self._raw = {name: bytes(value) for name, value in raw.items()}

    def text(self, name: str) -> str:
        """Return a required string. Raises `ClassicError` 1 when it is absent, null, empty or of another type."""
        found = self.optional(name)
        if not found:
            raise ClassicError(Code.MISSING_FIELD, name)
        return found

    def optional(self, name: str) -> str:
        """Return a string, empty when absent or null. Raises `ClassicError` 1 for another type."""
        value = self._value(name)
        if value is None:
            return ""
        if not isinstance(value, str) or not _is_storable(value):
            raise ClassicError(Code.MISSING_FIELD, name)
        return value

    def literal(self, name: str) -> str:
        """Return a number as it is spelled, or a string's text; empty when absent. Raises `ClassicError` 1."""
        value = self._value(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return self.optional(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ClassicError(Code.MISSING_FIELD, name)
        return self._raw[name].strip().decode()

    def option(self, name: str, default: int | None = None) -> int | None:
        """Return an option, a whole number in either spelling. Raises `ClassicError` 1 for anything else."""
        literal = self.literal(name)
        if not literal:
            return default
        if not re.fullmatch(r"-?[0-9]{1,4}", literal, re.ASCII):
            raise ClassicError(Code.MISSING_FIELD, name)
        return int(literal)

    def sealed(self, name: str, opener: Opener) -> str:
        """Return the text of a required encrypted field. Raises `ClassicError`."""
        return opener.open(self.text(name))

    def sealed_optional(self, name: str, opener: Opener) -> str:
        """Return the text of an encrypted field, empty when it is absent. Raises `ClassicError`."""
        found = self.optional(name)
        return opener.open(found) if found else ""

    def sealed_option(self, name: str, opener: Opener) -> int | None:
        """Return an option that 2017 encrypts and 2018 does not: one digit is clear, everything else is encrypted."""
        literal = self.literal(name)
        if not literal or OPTION.fullmatch(literal) or opener.standard == 0:
            return self.option(name)
        opened = opener.open(literal)
        if not opened:
            return None
        if not OPTION.fullmatch(opened):
            raise Undecryptable
        return int(opened)

    def stamp(self, opener: Opener, name: str = "stamp") -> str:
        """Return the literal text of a time, sent clear or encrypted. Raises `ClassicError`.

        A clear one is never mistaken for an encrypted one: the digits of a stamp under XOR begin with a zero.
        """
        literal = self.literal(name)
        if not literal:
            raise ClassicError(Code.MISSING_FIELD, name)
        if opener.standard and not is_stamp(literal):
            literal = opener.open(literal)
        if not is_stamp(literal):
            raise ClassicError(Code.MISSING_FIELD, name)
        return literal

    def is_text(self, name: str) -> bool:
        """Whether a value that is there is a string."""
        return isinstance(self._value(name), str)

    def _value(self, name: str) -> Any:
        raw = self._raw.get(name)
        if raw is None:
            return None
        try:
            return msgspec.json.decode(raw)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as err:
            raise ClassicError(Code.MISSING_FIELD, name) from err


def _is_storable(text: str) -> bool:
    """Whether text holds no half of a character, which JSON can write and nothing can store."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def is_stamp(text: str) -> bool:
    """Whether text is a time in seconds as nodes write one."""
    return len(text) <= MAX_STAMP and bool(STAMP.fullmatch(text))


def seconds_of(stamp: str) -> float:
    """Return the time that a stamp names, in seconds: some nodes write milliseconds."""
    said = float(stamp)
    return said / 1000 if said > 1e11 else said


def write_body(fields: Mapping[str, str | int | float]) -> bytes:
    """Return a body as JSON. Never a null: a 2017 node takes it for a missing field."""
    return msgspec.json.encode({name: value for name, value in fields.items() if value != ""})
