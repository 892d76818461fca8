"""HPKE (RFC 9180) with ML-KEM-768 and X25519 together: a bundle's post-quantum seal."""

import hashlib
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from peers.protocol.errors import CannotOpen, Malformed

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
MLKEM_PUBLIC, MLKEM_SEED, X25519 = 1184, 64, 32
PUBLIC_LENGTH = MLKEM_PUBLIC + X25519
SECRET_LENGTH = MLKEM_SEED + X25519


def new_secret() -> bytes:
    """Return a new sealing key: the ML-KEM seed (FIPS 203, 64 bytes) and the X25519 key (32 bytes)."""
    return os.urandom(SECRET_LENGTH)


@lru_cache(maxsize=4)
def public_of(secret: bytes) -> bytes:
    """Return the 1,216 public bytes of a sealing key: ML-KEM-768, then X25519."""
    kem, dh = _parts(secret)
    return kem.public_key().public_bytes_raw() + dh.public_key().public_bytes_raw()


def key_id(public: bytes) -> bytes:
    """Return the 8 bytes by which a bundle names the key that it is sealed to."""
    return hashlib.sha256(b"peernet/1/sealing-key\x00" + public).digest()[:8]


def seal(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Seal `plaintext` to a key, its context bound by `info`. Raises `Malformed` for a key that is none."""
    try:
        return SUITE.encrypt(plaintext, _public_key(public), info)
    except ValueError as err:
        raise Malformed("sealing key") from err


def open_seal(secret: bytes, info: bytes, sealed: bytes) -> bytes:
    """Return what was sealed to our key under the same `info`. Raises `CannotOpen`."""
    try:
        return SUITE.decrypt(sealed, _private_key(secret), info)
    except (InvalidTag, ValueError) as err:
        raise CannotOpen("seal") from err


# Making a key of its bytes takes longer than to open a seal with it, and a node opens with two and seals to a few.
@lru_cache(maxsize=256)
def _public_key(public: bytes) -> MLKEM768X25519PublicKey:
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC]),
        X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC:]),
    )


@lru_cache(maxsize=4)
def _private_key(secret: bytes) -> MLKEM768X25519PrivateKey:
    return MLKEM768X25519PrivateKey(*_parts(secret))


def _parts(secret: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    kem = MLKEM768PrivateKey.from_seed_bytes(secret[:MLKEM_SEED])
    return kem, X25519PrivateKey.from_private_bytes(secret[MLKEM_SEED:])
