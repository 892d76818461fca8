"""Our own device: its keys, its card and its clock."""

import os
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.models import OwnDevice
from peers.protocol import sealing
from peers.protocol.card import ContactCard, sign_card
from peers.protocol.clock import merge, tick
from peers.protocol.codec import decode, encode
from peers.protocol.ratchet import PICKLE_KEY_LENGTH, Account
from peers.protocol.signing import Signed, public_bytes


def create_device(person: bytes) -> OwnDevice:
    """Make and store this node's keys for a person (16 bytes)."""
    key = Ed25519PrivateKey.generate()
    account, state_key = Account.new(), os.urandom(PICKLE_KEY_LENGTH)
    return OwnDevice.objects.create(
        device=public_bytes(key),
        person=person,
        signing_secret=key.private_bytes_raw(),
        olm_state=account.pickle(state_key),
        olm_state_key=state_key,
        olm_fallback=account.fallback,
        sealing_secret=sealing.new_secret(),
    )


def signing_key(own: OwnDevice) -> Ed25519PrivateKey:
    """Return the key that speaks for this device."""
    return Ed25519PrivateKey.from_private_bytes(bytes(own.signing_secret))


def account(own: OwnDevice) -> Account:
    """Return the Olm keys of this device."""
    return Account.from_pickle(own.olm_state, bytes(own.olm_state_key), bytes(own.olm_fallback))


def sealing_secrets(own: OwnDevice) -> list[bytes]:
    """Return the sealing key and, after a rotation, the one before it."""
    return [bytes(secret) for secret in (own.sealing_secret, own.previous_sealing_secret) if secret]


def publish_card(own: OwnDevice, addresses: list[str], tls_fingerprint: bytes) -> Signed:
    """Store and return this device's next card, one version higher than the last."""
    own.card_version += 1
    card = ContactCard(
        person=bytes(own.person),
        device=bytes(own.device),
        version=own.card_version,
        olm_identity=account(own).identity,
        olm_fallback=bytes(own.olm_fallback),
        sealing_key=sealing.public_of(bytes(own.sealing_secret)),
        tls_fingerprint=tls_fingerprint,
        addresses=addresses,
    )
    signed = sign_card(signing_key(own), card)
    own.card = encode(signed)
    own.save(update_fields=["card", "card_version"])
    return signed


def current_card(own: OwnDevice) -> Signed | None:
    """Return the card that was published last, if any was."""
    return decode(Signed, bytes(own.card)) if own.card else None


def rotate_keys(own: OwnDevice) -> None:
    """Make a new fallback key and a new sealing key, and keep the ones before them until the next rotation.

    The caller publishes a card afterwards, in the same transaction: nobody may be told of keys that are not stored.
    """
    olm, state_key = account(own), os.urandom(PICKLE_KEY_LENGTH)
    own.olm_fallback = olm.rotate()
    own.olm_state, own.olm_state_key = olm.pickle(state_key), state_key
    own.previous_sealing_secret, own.sealing_secret = own.sealing_secret, sealing.new_secret()
    own.save(update_fields=["olm_fallback", "olm_state", "olm_state_key", "previous_sealing_secret", "sealing_secret"])


def next_clock(own: OwnDevice, heard: int | None = None) -> int:
    """Advance and store our hybrid logical clock; `heard` is the reading that a peer's payload brought."""
    now = time.time_ns() // 1_000_000
    own.clock = tick(own.clock, now) if heard is None else merge(own.clock, heard, now)
    own.save(update_fields=["clock"])
    return own.clock
