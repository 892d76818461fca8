"""Our own device: its keys, its card and its clock."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.utils import timezone

from peers.models import OwnDevice
from peers.prepared import Select, Update
from peers.protocol import sealing
from peers.protocol.card import ContactCard, read_card, sign_card
from peers.protocol.clock import merge, tick
from peers.protocol.codec import decode, encode
from peers.protocol.ratchet import PICKLE_KEY_LENGTH, Account
from peers.protocol.signing import Signed, public_bytes

# How long a fallback key and a sealing key serve; the ones before them still open until the next rotation.
KEY_LIFE = timedelta(days=8)

_own = Select(lambda: OwnDevice.objects.order_by("pk")[:1])
_clock = Select(lambda pk: OwnDevice.objects.select_for_update().filter(pk=pk).only("clock"), OwnDevice.id)
_set_clock = Update(
    lambda clock, pk: (OwnDevice.objects.filter(pk=pk), {"clock": clock}), OwnDevice.clock, OwnDevice.id
)


def own_device() -> OwnDevice | None:
    """Return this node's device, which `runnode` makes at its first start."""
    return _own.first()


def present_device() -> OwnDevice:
    """Return this node's device where there must be one: a node that never started knows nobody to write to."""
    own = own_device()
    if own is None:
        raise RuntimeError("this node has no device yet")
    return own


@transaction.atomic
def first_start(make_tls_pair: Callable[[], bytes]) -> OwnDevice:
    """Return this node's device with its TLS key (PEM), made now if this is the first start."""
    own = OwnDevice.objects.select_for_update().first() or create_device()
    if not own.tls_pair:
        own.tls_pair = make_tls_pair()
        own.save(update_fields=["tls_pair"])
    return own


def tls_fingerprint(own: OwnDevice) -> bytes:
    """Return the SHA-256 of the certificate that our peers' door shows."""
    return x509.load_pem_x509_certificate(bytes(own.tls_pair)).fingerprint(hashes.SHA256())


def create_device(person: bytes = b"") -> OwnDevice:
    """Make and store this node's keys, for a person (16 bytes) or for whoever signs in first."""
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
    return _key_of(bytes(own.signing_secret))


@lru_cache(maxsize=2)
def _key_of(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret)


def account(own: OwnDevice) -> Account:
    """Return the Olm keys of this device."""
    return Account.from_pickle(own.olm_state, bytes(own.olm_state_key), bytes(own.olm_fallback))


def sealing_secrets(own: OwnDevice) -> list[bytes]:
    """Return the sealing key and, after a rotation, the one before it."""
    return [bytes(secret) for secret in (own.sealing_secret, own.previous_sealing_secret) if secret]


def publish_card(own: OwnDevice, addresses: list[str], tls_fingerprint: bytes) -> Signed:
    """Store and return this device's next card, with a higher version than the last.

    The version is the time, if that is higher: a home that was put back from a copy has forgotten its latest ones.
    """
    own.card_version = max(own.card_version + 1, int(time.time()))
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


@transaction.atomic
def overtake(own: OwnDevice, version: int) -> None:
    """Publish our card again under a version above `version`, if there is one to publish.

    Others may hold a later one, which this home forgot when it was put back from a copy; and with it they hold keys
    that it does not have.
    """
    own = OwnDevice.objects.select_for_update().get(pk=own.pk)
    signed = current_card(own)
    if signed is None:
        return
    card = read_card(signed)
    own.card_version = max(own.card_version, version)
    publish_card(own, list(card.addresses), card.tls_fingerprint)


def current_card(own: OwnDevice) -> Signed | None:
    """Return the card that was published last, if any was."""
    return decode(Signed, bytes(own.card)) if own.card else None


@transaction.atomic
def refresh_card(own: OwnDevice, addresses: list[str]) -> bool:
    """Publish a new card if the last one no longer says how we are reached, and tell whether it did.

    Keys older than 8 days are rotated first: at most once a call, however long the node slept.
    """
    own = OwnDevice.objects.select_for_update().get(pk=own.pk)
    if not own.person:
        return False
    if own.keys_made_at <= timezone.now() - KEY_LIFE:
        rotate_keys(own)
    signed = current_card(own)
    card = read_card(signed) if signed else None
    fingerprint = tls_fingerprint(own)
    if (
        card is not None
        and (card.person, card.olm_fallback, card.tls_fingerprint) == (own.person, own.olm_fallback, fingerprint)
        and card.addresses == addresses
    ):
        return False
    publish_card(own, addresses, fingerprint)
    return True


def rotate_keys(own: OwnDevice) -> None:
    """Make a new fallback key and a new sealing key, and keep the ones before them until the next rotation.

    The caller publishes a card afterwards, in the same transaction: nobody may be told of keys that are not stored.
    """
    olm, state_key = account(own), os.urandom(PICKLE_KEY_LENGTH)
    own.olm_fallback = olm.rotate()
    own.olm_state, own.olm_state_key = olm.pickle(state_key), state_key
    own.previous_sealing_secret, own.sealing_secret = own.sealing_secret, sealing.new_secret()
    own.keys_made_at = timezone.now()
    own.save(
        update_fields=[
            "olm_fallback",
            "olm_state",
            "olm_state_key",
            "previous_sealing_secret",
            "sealing_secret",
            "keys_made_at",
        ]
    )


class Clock:
    """Our hybrid logical clock during one transaction, which holds its row; `save` before the end."""

    def __init__(self, own: OwnDevice) -> None:
        self._pk = own.pk
        if (row := _clock.first(own.pk)) is None:
            raise OwnDevice.DoesNotExist
        self.reading = row.clock

    def tick(self) -> int:
        """Return the reading for an event of our own."""
        self.reading = tick(self.reading, time.time_ns() // 1_000_000)
        return self.reading

    def hear(self, reading: int) -> None:
        """Take in the reading that a peer's payload brought."""
        self.reading = merge(self.reading, reading, time.time_ns() // 1_000_000)

    def save(self) -> None:
        """Store the last reading."""
        _set_clock(self.reading, self._pk)
