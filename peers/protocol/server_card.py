"""The login server's card: its TLS certificate may change, the key that signs for it stays."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.protocol.codec import Bytes32, Number, Wire
from peers.protocol.errors import BadSignature
from peers.protocol.signing import Purpose, Signed, sign, verify


class ServerCard(Wire, frozen=True):
    """The login server known by `key` is met at the TLS certificate with this SHA-256. `version` only grows."""

    key: Bytes32
    version: Number
    tls_fingerprint: Bytes32


def sign_server_card(key: Ed25519PrivateKey, card: ServerCard) -> Signed:
    """Sign the login server's card with its own key."""
    return sign(key, Purpose.SERVER_CARD, card)


def read_server_card(key: bytes, signed: Signed) -> ServerCard:
    """Return the card of the login server `key`. Raises `BadSignature` or `Malformed`."""
    card = verify(key, Purpose.SERVER_CARD, ServerCard, signed)
    if card.key != key:
        raise BadSignature("server card: it names another key")
    return card
