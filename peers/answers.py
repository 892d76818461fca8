"""What the login server answers, strictly read. Fields that a newer one adds are passed over."""

import uuid
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

Hex = Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{2})*\Z", max_length=64 * 1024)]
Hex32 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Text = Annotated[str, msgspec.Meta(max_length=512)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
MAX_STATEMENTS = 1000
# Names of the classic network that an admin blocked for everybody; None where the login server does not speak it.
Blocked = Annotated[list[Annotated[str, msgspec.Meta(max_length=150)]], msgspec.Meta(max_length=1000)] | None


class Answer(msgspec.Struct, frozen=True):
    """The fields of one answer."""


A = TypeVar("A", bound=Answer)


class Nothing(Answer):
    pass


class Refusal(Answer):
    error: Annotated[str, msgspec.Meta(max_length=64)]
    sentence: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class ServerCardAnswer(Answer):
    card: Hex
    # Seconds since 1970; an older login server does not say.
    time: Count = 0


class Me(Answer):
    id: uuid.UUID
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    display_name: Annotated[str, msgspec.Meta(max_length=100)]
    role: Annotated[str, msgspec.Meta(max_length=10)]


class SignedIn(Answer):
    token: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{16,128}\Z")]
    person: Me


class TotpSecret(Answer):
    secret: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z2-7=]{16,128}\Z")]
    link: Annotated[str, msgspec.Meta(pattern=r"\Aotpauth://totp/", max_length=1024)]


class BackupCodes(Answer):
    backup_codes: Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=50)]


class Nonce(Answer):
    nonce: Hex32


class CertificateAnswer(Answer):
    certificate: Hex


class Statements(Answer):
    statements: Annotated[list[Hex], msgspec.Meta(max_length=MAX_STATEMENTS)]


class Withdrawals(Answer):
    withdrawals: Annotated[list[Hex], msgspec.Meta(max_length=1000)]


class Presence(Answer):
    cursor: Count
    card_wanted: bool
    withdrawals: Count
    interval: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 30
    # The version of our card that the login server holds.
    card_version: Count = 0
    classic_blocked: Blocked = None


class Entry(Answer):
    """One device of the directory and its person, as the login server describes them; nothing is verified yet."""

    person: uuid.UUID
    name: Text
    display_name: Annotated[str, msgspec.Meta(max_length=100)]
    active: bool
    device: Hex32
    card: Hex
    certificate: Hex
    statements: Annotated[list[Hex], msgspec.Meta(max_length=MAX_STATEMENTS)]
    online: bool
    last_seen: Annotated[datetime, msgspec.Meta(tz=True)] | None
    withdrawn: bool


class Invited(Answer):
    """Somebody who is expected; hearsay, like every name."""

    person: uuid.UUID
    name: Text
    display_name: Annotated[str, msgspec.Meta(max_length=100)]


class Changes(Answer):
    cursor: Count
    more: bool
    withdrawals: Count
    # Each is read by itself, so that one that cannot be read does not hide the others.
    changes: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=200)]
    # None where nothing changed, and from an older login server.
    invited: Annotated[list[Invited], msgspec.Meta(max_length=1000)] | None = None
    classic_blocked: Blocked = None


def read(kind: type[A], data: bytes | msgspec.Raw) -> A:
    """Return the fields of an answer. Raises `ValueError` for anything else."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as err:
        raise ValueError(kind.__name__) from err
