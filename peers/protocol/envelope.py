"""An envelope: one payload sealed by the ratchet for one device, or the void of a number given up."""

import enum
import hashlib
from collections.abc import Iterable
from typing import Annotated

import msgspec

from peers.protocol.codec import Bytes16, Bytes32, Number, Wire, decode, encode
from peers.protocol.errors import CannotOpen, Malformed, WrongRecipient
from peers.protocol.payload import MAX_PADDED, Payload, pad, unpad
from peers.protocol.ratchet import Account, Session

MAX_ENVELOPE = MAX_PADDED + 1024


class Form(enum.IntEnum):
    """What an envelope holds: Olm's two kinds of message, or nothing."""

    PRE_KEY = 0
    NORMAL = 1
    VOID = 2


class Envelope(Wire, frozen=True):
    """The header (stream, number, form) and the Olm message; a void has none."""

    stream: Bytes16
    number: Number
    form: Form
    message: Annotated[bytes, msgspec.Meta(max_length=MAX_ENVELOPE)]


class Opened(msgspec.Struct, frozen=True):
    """A payload and the session that opened it; `is_new` when the envelope started that session."""

    payload: Payload
    session: Session
    is_new: bool


def decode_envelope(data: bytes) -> Envelope:
    """Return the envelope that `data` encodes. Raises `Malformed` or `TooLarge`."""
    envelope = decode(Envelope, data, limit=MAX_ENVELOPE)
    if (envelope.form is Form.VOID) != (envelope.message == b""):
        raise Malformed("envelope: a void, and only a void, is empty")
    return envelope


def digest(envelope: bytes) -> Bytes32:
    """Return the SHA-256 of an encoded envelope, by which bundles and receipts name it."""
    return hashlib.sha256(envelope).digest()


def seal(session: Session, payload: Payload) -> bytes:
    """Return the encoded envelope. The ratchet moves: store both in one transaction, retry the same bytes."""
    kind, message = session.seal(pad(payload))
    return encode(Envelope(payload.stream, payload.number, Form(kind), message))


def void(stream: bytes, number: int) -> bytes:
    """Return the envelope for a number whose payload was given up."""
    return encode(Envelope(stream, number, Form.VOID, b""))


def open_envelope(
    account: Account,
    sessions: Iterable[Session],
    envelope: Envelope,
    identity: bytes,
    sender: bytes,
    recipient: bytes,
) -> Opened:
    """Open an envelope from the device `sender`, whose card names the Olm key `identity`.

    `sessions` move as they open: whoever refuses the envelope afterwards must throw them away unsaved. Raises
    `CannotOpen`, `Malformed`, or `WrongRecipient` when the inside contradicts the outside.
    """
    session, padded, is_new = _open(account, sessions, envelope, identity)
    payload = unpad(padded)
    if (payload.stream, payload.number) != (envelope.stream, envelope.number):
        raise Malformed("payload: another stream or number than its envelope")
    if (payload.sender, payload.recipient) != (sender, recipient):
        raise WrongRecipient("payload: another sender or recipient than its bundle")
    return Opened(payload, session, is_new)


def _open(
    account: Account, sessions: Iterable[Session], envelope: Envelope, identity: bytes
) -> tuple[Session, bytes, bool]:
    form, message = envelope.form, envelope.message
    if form is Form.VOID:
        raise Malformed("a void has nothing to open")
    if form is Form.PRE_KEY:
        for session in sessions:
            if session.matches(form, message):
                return session, session.open(form, message), False
        return *account.accept_session(identity, message), True
    for session in sessions:
        try:
            return session, session.open(form, message), False
        except CannotOpen:
            continue
    raise CannotOpen("no session opens this envelope")
