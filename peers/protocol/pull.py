"""A pull: a node that cannot be dialled asks a peer for what waits there, and answers what the last pull brought."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.protocol import sealing
from peers.protocol.bundle import MAX_SEALED as MAX_BUNDLE
from peers.protocol.card import ContactCard
from peers.protocol.codec import Bytes8, Bytes32, Wire, decode, encode
from peers.protocol.errors import CannotOpen, WrongRecipient
from peers.protocol.signing import Purpose, Signed, public_bytes, sign, verify

VERSION = 1
INFO = b"peernet/1/pull-seal\x00"
# A receipt for 64 envelopes of 64 streams, a card and a certificate take less than half of it.
MAX_SEALED = 32 * 1024


class Reply(Wire, frozen=True):
    """What came of the bundle that an earlier pull brought: the answer of `docs/protocol.md`, or nil for a refusal.

    `bundle` is the SHA-256 of the bundle's encoding.
    """

    bundle: Bytes32
    answer: Annotated[bytes, msgspec.Meta(max_length=MAX_SEALED)] | None


class Request(Wire, frozen=True):
    """What the puller signs. `nonce` is the one that the peer named last, nil when it named none."""

    sender: Bytes32
    recipient: Bytes32
    key_id: Bytes8
    nonce: Bytes32 | None
    reply: Reply | None


class Contents(Wire, frozen=True):
    """What the seal covers. Card and certificate come along when the recipient may lack that version."""

    request: Signed
    card: Signed | None
    certificate: Signed | None


class Pull(Wire, frozen=True):
    """The body of the call. Only the sealing key's id stands outside."""

    version: Annotated[int, msgspec.Meta(ge=VERSION, le=VERSION)]
    key_id: Bytes8
    sealed: Annotated[bytes, msgspec.Meta(max_length=MAX_SEALED)]


class Handout(Wire, frozen=True):
    """The answer. Unless the pull was `taken`, its nonce was not the last one: repeat it with this one."""

    nonce: Bytes32
    taken: bool
    bundle: Annotated[bytes, msgspec.Meta(max_length=MAX_BUNDLE + 64)] | None


def make_pull(
    key: Ed25519PrivateKey,
    recipient: ContactCard,
    nonce: bytes | None,
    reply: Reply | None = None,
    card: Signed | None = None,
    certificate: Signed | None = None,
) -> bytes:
    """Sign a pull for a device and seal it to the device's card."""
    key_id = sealing.key_id(recipient.sealing_key)
    request = Request(public_bytes(key), recipient.device, key_id, nonce, reply)
    contents = Contents(sign(key, Purpose.PULL, request), card, certificate)
    sealed = sealing.seal(recipient.sealing_key, INFO + recipient.device, encode(contents))
    return encode(Pull(VERSION, key_id, sealed))


def open_pull(secrets: Sequence[bytes], device: bytes, data: bytes) -> tuple[Contents, Bytes8]:
    """Return what a pull for our `device` holds, unverified, and the id of the key that it is sealed to.

    Raises `Malformed`, `TooLarge`, or `CannotOpen`, which a pull sealed to somebody else gets too.
    """
    pull = decode(Pull, data)
    for secret in secrets:
        if sealing.key_id(sealing.public_of(secret)) == pull.key_id:
            return decode(Contents, sealing.open_seal(secret, INFO + device, pull.sealed)), pull.key_id
    raise CannotOpen("no sealing key of ours has this id")


def claimed_sender(contents: Contents) -> bytes:
    """Return the device that says it signed, so that its card can be looked up. Nothing is proven by it."""
    return decode(Request, contents.request.body).sender


def verify_pull(contents: Contents, sender: bytes, recipient: bytes, key_id: bytes) -> Request:
    """Return the request that `sender` signed for us. Raises `BadSignature`, `Malformed` or `WrongRecipient`.

    Whether it is a repeated one, only its nonce can tell.
    """
    request = verify(sender, Purpose.PULL, Request, contents.request)
    if (request.sender, request.recipient, request.key_id) != (sender, recipient, key_id):
        raise WrongRecipient("pull: signed for another sender, recipient or key")
    return request
