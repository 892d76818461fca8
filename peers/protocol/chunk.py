"""Files in chunks: AES-256-GCM (NIST SP 800-38D) over at most 1 MiB each, so that any of them can be read alone."""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peers.protocol.errors import CannotOpen, Malformed, TooLarge

CHUNK = 1024 * 1024
NONCE, TAG = 12, 16
SEALED = NONCE + CHUNK + TAG
# Neighbours that one request carries: what they share is a request, a sync to the disk and a commit.
RUN = 4
# 1 TiB: far fewer chunks than random nonces of one key may be drawn for.
MAX_FILE = 1024**4
PURPOSE = b"peernet/1/file-chunk\x00"


def new_key() -> bytes:
    """Return a key for one file. It seals this file only."""
    return os.urandom(32)


def count(size: int) -> int:
    """Return how many chunks a file of this size has: at least one, for even an empty file has a last chunk."""
    return max(1, -(-size // CHUNK))


def length(size: int, index: int) -> int:
    """Return how many bytes of a file are in a chunk of it."""
    return CHUNK if index + 1 < count(size) else size - index * CHUNK


def sealed_length(size: int, index: int) -> int:
    """Return how many bytes a sealed chunk of a file has."""
    return NONCE + length(size, index) + TAG


def split(size: int, first: int, body: bytes, around: int = NONCE + TAG) -> list[memoryview]:
    """Return the chunks of a body that holds neighbours, beginning with `first`; `around` is 0 for plain ones.

    Raises `Malformed` unless the body ends where a chunk of a file of this size does, and holds 1 to `RUN` of them.
    """
    view, parts = memoryview(body), []
    for index in range(first, min(first + RUN, count(size))):
        end = length(size, index) + around
        if len(view) < end:
            raise Malformed("chunks")
        parts.append(view[:end])
        view = view[end:]
        if not view:
            return parts
    raise Malformed("chunks")


def commitment(key: bytes) -> bytes:
    """Return what names a key without telling it: GCM alone lets one ciphertext open under two keys."""
    return hashlib.sha256(b"peernet/1/file-key\x00" + key).digest()


def seal_chunk(key: bytes, index: int, is_last: bool, plaintext: bytes | memoryview) -> bytes:
    """Return nonce, ciphertext and tag of one chunk. Raises `TooLarge`."""
    if len(plaintext) > CHUNK:
        raise TooLarge("chunk")
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, _bound(key, index, is_last))


def open_chunk(key: bytes, index: int, is_last: bool, sealed: bytes | memoryview) -> bytes:
    """Return a chunk's plaintext. Raises `CannotOpen` for another place, another file, or changed bytes."""
    if not NONCE + TAG <= len(sealed) <= SEALED:
        raise CannotOpen("chunk")
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], _bound(key, index, is_last))
    except InvalidTag as err:
        raise CannotOpen("chunk") from err


def _bound(key: bytes, index: int, is_last: bool) -> bytes:
    return PURPOSE + commitment(key) + index.to_bytes(8, "big") + bytes([is_last])
