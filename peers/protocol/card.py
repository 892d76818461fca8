"""A contact card: a device's description of itself, signed by itself."""

from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.protocol import sealing
from peers.protocol.address import parse_address
from peers.protocol.codec import Bytes16, Bytes32, Number, Wire, decode
from peers.protocol.errors import Malformed
from peers.protocol.signing import Purpose, Signed, sign, verify

Address = Annotated[str, msgspec.Meta(min_length=3, max_length=261)]
SealingPublic = Annotated[bytes, msgspec.Meta(min_length=sealing.PUBLIC_LENGTH, max_length=sealing.PUBLIC_LENGTH)]


class ContactCard(Wire, frozen=True):
    """Everything that a peer needs to write to a device before it has heard from it.

    `version` only grows; `addresses` stand in the order in which they should be tried.
    """

    person: Bytes16
    device: Bytes32
    version: Number
    olm_identity: Bytes32
    olm_fallback: Bytes32
    sealing_key: SealingPublic
    tls_fingerprint: Bytes32
    addresses: Annotated[list[Address], msgspec.Meta(max_length=8)]


def sign_card(key: Ed25519PrivateKey, card: ContactCard) -> Signed:
    """Sign our own card with the device's key."""
    return sign(key, Purpose.CARD, card)


def read_card(signed: Signed) -> ContactCard:
    """Return a card that its own device signed. Raises `BadSignature` or `Malformed`.

    It proves that the device says so of itself, not whose device it is: that is a certificate's word.
    """
    claimed = decode(ContactCard, signed.body)
    card = verify(claimed.device, Purpose.CARD, ContactCard, signed)
    for address in card.addresses:
        parse_address(address)
    if len(set(card.addresses)) != len(card.addresses):
        raise Malformed("card: an address stands there twice")
    return card
