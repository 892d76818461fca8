"""A bundle: up to 64 envelopes for one device in one request, signed and sealed together."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.protocol import sealing
from peers.protocol.card import ContactCard
from peers.protocol.codec import Bytes8, Bytes16, Bytes32, Number, Wire, decode, encode
from peers.protocol.envelope import Envelope, decode_envelope, digest
from peers.protocol.errors import CannotOpen, Malformed, TooLarge, WrongRecipient
from peers.protocol.signing import Purpose, Signed, public_bytes, sign, verify

MAX_ENVELOPES = 64
MAX_ENVELOPE_BYTES = 1024 * 1024
MAX_SEALED = MAX_ENVELOPE_BYTES + 64 * 1024
VERSION = 1
INFO = b"peernet/1/bundle-seal\x00"


class Entry(Wire, frozen=True):
    """One envelope as the manifest names it."""

    digest: Bytes32
    stream: Bytes16
    number: Number


class Manifest(Wire, frozen=True):
    """What the sender signs: both devices, the sealing key, and each envelope. No entry at all is a knock."""

    sender: Bytes32
    recipient: Bytes32
    key_id: Bytes8
    entries: Annotated[list[Entry], msgspec.Meta(max_length=MAX_ENVELOPES)]


class Contents(Wire, frozen=True):
    """What the seal covers. Card and certificate come along when the recipient may lack that version."""

    manifest: Signed
    envelopes: Annotated[list[bytes], msgspec.Meta(max_length=MAX_ENVELOPES)]
    card: Signed | None
    certificate: Signed | None


class Bundle(Wire, frozen=True):
    """The body of the one request of the peers' door. Only the sealing key's id stands outside."""

    version: Annotated[int, msgspec.Meta(ge=VERSION, le=VERSION)]
    key_id: Bytes8
    sealed: Annotated[bytes, msgspec.Meta(max_length=MAX_SEALED)]


def make_bundle(
    key: Ed25519PrivateKey,
    recipient: ContactCard,
    envelopes: Sequence[bytes],
    card: Signed | None = None,
    certificate: Signed | None = None,
) -> bytes:
    """Sign the envelopes as one bundle for a device and seal it to the device's card."""
    if sum(map(len, envelopes)) > MAX_ENVELOPE_BYTES or len(envelopes) > MAX_ENVELOPES:
        raise TooLarge("bundle")
    key_id = sealing.key_id(recipient.sealing_key)
    entries = [_entry(envelope) for envelope in envelopes]
    manifest = Manifest(public_bytes(key), recipient.device, key_id, entries)
    contents = Contents(sign(key, Purpose.BUNDLE, manifest), list(envelopes), card, certificate)
    info = INFO + recipient.device
    return encode(Bundle(VERSION, key_id, sealing.seal(recipient.sealing_key, info, encode(contents))))


def open_bundle(secrets: Sequence[bytes], device: bytes, data: bytes) -> Contents:
    """Return what a bundle for our `device` holds, unverified. `secrets` are our current and previous sealing keys.

    Raises `Malformed`, `TooLarge`, or `CannotOpen`, which a bundle sealed to somebody else gets too.
    """
    bundle = decode(Bundle, data)
    for secret in secrets:
        if sealing.key_id(sealing.public_of(secret)) == bundle.key_id:
            return decode(Contents, sealing.open_seal(secret, INFO + device, bundle.sealed))
    raise CannotOpen("no sealing key of ours has this id")


def claimed_sender(contents: Contents) -> bytes:
    """Return the device that says it signed, so that its card can be looked up. Nothing is proven by it."""
    return decode(Manifest, contents.manifest.body).sender


def verify_bundle(contents: Contents, sender: bytes, recipient: bytes, key_id: bytes) -> list[Envelope]:
    """Return the envelopes in order, once the signature of `sender` covers every one of them.

    Raises `BadSignature`, `WrongRecipient`, or `Malformed` when the envelopes are not those of the manifest.
    """
    manifest = verify(sender, Purpose.BUNDLE, Manifest, contents.manifest)
    if (manifest.sender, manifest.recipient, manifest.key_id) != (sender, recipient, key_id):
        raise WrongRecipient("bundle: signed for another sender, recipient or key")
    if manifest.entries != [_entry(envelope) for envelope in contents.envelopes]:
        raise Malformed("bundle: other envelopes than the manifest names")
    return [decode_envelope(envelope) for envelope in contents.envelopes]


def _entry(data: bytes) -> Entry:
    envelope = decode_envelope(data)
    return Entry(digest(data), envelope.stream, envelope.number)
