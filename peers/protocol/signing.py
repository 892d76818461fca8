"""Ed25519 signatures (RFC 8032) that are good for one purpose only."""

import enum
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from peers.protocol.codec import Bytes64, Wire, decode, encode
from peers.protocol.errors import BadSignature


class Purpose(bytes, enum.Enum):
    """What a signature is for. It is signed along, so that no signature can be used as another."""

    CARD = b"peernet/1/card"
    CERTIFICATE = b"peernet/1/certificate"
    CERTIFICATE_REQUEST = b"peernet/1/certificate-request"
    STATEMENT = b"peernet/1/statement"
    WITHDRAWAL = b"peernet/1/withdrawal"
    BUNDLE = b"peernet/1/bundle"
    RECEIPT = b"peernet/1/receipt"
    PULL = b"peernet/1/pull"
    SERVER_CARD = b"peernet/1/server-card"
    PROFILE = b"peernet/1/profile"


class Signed(Wire, frozen=True):
    """The exact bytes that were signed, and the signature over their purpose and them."""

    body: bytes
    signature: Bytes64


T = TypeVar("T", bound=Wire)


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of a signing key's public half. A device is named by them."""
    return key.public_key().public_bytes_raw()


def sign(key: Ed25519PrivateKey, purpose: Purpose, value: Wire) -> Signed:
    """Encode a structure and sign it for one purpose."""
    body = encode(value)
    return Signed(body, key.sign(_signed_bytes(purpose, body)))


def verify(public: bytes, purpose: Purpose, kind: type[T], signed: Signed) -> T:
    """Return the structure inside, after its signature. Raises `BadSignature` or `Malformed`."""
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(signed.signature, _signed_bytes(purpose, signed.body))
    except (InvalidSignature, ValueError) as err:
        raise BadSignature(purpose.value.decode()) from err
    return decode(kind, signed.body)


def _signed_bytes(purpose: Purpose, body: bytes) -> bytes:
    return purpose.value + b"\x00" + body
