"""The login server's own card: which TLS certificate belongs to the key that the invitations name."""

from django.db import transaction

from accounts import devices
from accounts.models import ServerKey
from peers.protocol import server_card
from peers.protocol.codec import encode
from peers.protocol.signing import public_bytes


@transaction.atomic
def publish(tls_fingerprint: bytes) -> bytes:
    """Sign, store and return a card with this fingerprint; the one stored is kept while it says the same."""
    key = devices.server_key()
    row = ServerKey.objects.select_for_update().get(pk=1)
    if row.card and bytes(row.tls_fingerprint) == tls_fingerprint:
        return bytes(row.card)
    row.card_version += 1
    row.tls_fingerprint = tls_fingerprint
    card = server_card.ServerCard(public_bytes(key), row.card_version, tls_fingerprint)
    row.card = encode(server_card.sign_server_card(key, card))
    row.save(update_fields=["card", "card_version", "tls_fingerprint"])
    return row.card


def current() -> bytes:
    """Return the encoded card that was published last; empty before the first start."""
    row = ServerKey.objects.filter(pk=1).first()
    return bytes(row.card) if row else b""
