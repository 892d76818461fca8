"""A receipt: a device's signature that it stored the envelopes of a bundle, verdict by verdict."""

import enum
from collections.abc import Sequence
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.protocol.bundle import MAX_ENVELOPES
from peers.protocol.codec import Bytes16, Bytes32, Counter, Wire
from peers.protocol.errors import BadSignature
from peers.protocol.signing import Purpose, Signed, public_bytes, sign, verify


class Verdict(enum.Enum):
    """How one envelope fared. The first four are final; the others leave the stream where it was.

    `DUPLICATE` is said only of a number whose payload the recipient stored; a repeated void or refusal is answered by
    the same verdict again, and a number that came before with other contents by `CONFLICT`.
    """

    STORED = "stored"
    DUPLICATE = "duplicate"
    VOIDED = "voided"
    REFUSED = "refused"
    GAP = "gap"
    CANNOT_OPEN = "cannot-open"
    LATER = "later"
    CONFLICT = "conflict"


SETTLED = frozenset({Verdict.STORED, Verdict.DUPLICATE, Verdict.VOIDED, Verdict.REFUSED})


class Position(Wire, frozen=True):
    """The last number of a stream that the recipient holds; it expects the next one."""

    stream: Bytes16
    last: Counter


class Receipt(Wire, frozen=True):
    """The answer to one bundle: one verdict a digest, in the bundle's order. `time` is seconds since 1970."""

    sender: Bytes32
    recipient: Bytes32
    digests: Annotated[list[Bytes32], msgspec.Meta(max_length=MAX_ENVELOPES)]
    verdicts: Annotated[list[Verdict], msgspec.Meta(max_length=MAX_ENVELOPES)]
    positions: Annotated[list[Position], msgspec.Meta(max_length=MAX_ENVELOPES)]
    time: Counter


class Answer(Wire, frozen=True):
    """The response body. `card` is the recipient's current one, sent along when an envelope could not be opened."""

    receipt: Signed
    card: Signed | None


def make_receipt(
    key: Ed25519PrivateKey,
    sender: bytes,
    digests: Sequence[bytes],
    verdicts: Sequence[Verdict],
    positions: Sequence[Position],
    time: int,
) -> Signed:
    """Sign the verdicts for a bundle of the device `sender` with our own device's key."""
    receipt = Receipt(sender, public_bytes(key), list(digests), list(verdicts), list(positions), time)
    return sign(key, Purpose.RECEIPT, receipt)


def read_receipt(signed: Signed, sender: bytes, recipient: bytes, digests: Sequence[bytes]) -> Receipt:
    """Return the receipt of `recipient` for exactly the envelopes that we sent. Raises `BadSignature`, `Malformed`."""
    receipt = verify(recipient, Purpose.RECEIPT, Receipt, signed)
    if (receipt.sender, receipt.recipient) != (sender, recipient):
        raise BadSignature("receipt: for other devices")
    if receipt.digests != list(digests) or len(receipt.verdicts) != len(receipt.digests):
        raise BadSignature("receipt: for other envelopes")
    return receipt
