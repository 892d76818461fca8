"""The cards that we hold, read once: the same bytes are the same card, and its signature stays as good as it was."""

from functools import lru_cache

from peers.protocol.card import ContactCard, read_card
from peers.protocol.codec import decode
from peers.protocol.signing import Signed


@lru_cache(maxsize=512)
def card_in(encoded: bytes) -> ContactCard:
    """Return the card that a column holds. Raises `ProtocolError`."""
    return read_card(decode(Signed, encoded))
