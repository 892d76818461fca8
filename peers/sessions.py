"""Ratchets between our device and others, as rows."""

import os

from django.utils import timezone

from peers import own as own_device
from peers.models import OlmSession, OwnDevice, PeerDevice
from peers.protocol.card import ContactCard
from peers.protocol.ratchet import PICKLE_KEY_LENGTH, Session, sealing_session

# Both sides may start at once and more than once; more than this many are old attempts.
MOST_KEPT = 5


def load(peer: PeerDevice) -> list[Session]:
    """Return the stored sessions with a device, lowest id first."""
    rows = peer.sessions.order_by("session_id")
    return [Session.from_pickle(row.state, bytes(row.state_key)) for row in rows]


def save(peer: PeerDevice, session: Session) -> None:
    """Store a session that moved, under a fresh key, and forget those used longest ago beyond five.

    The caller's transaction also stores what the session sealed or opened.
    """
    key = os.urandom(PICKLE_KEY_LENGTH)
    OlmSession.objects.update_or_create(
        peer=peer,
        session_id=session.id,
        defaults={"state": session.pickle(key), "state_key": key, "used_at": timezone.now()},
    )
    kept = peer.sessions.order_by("-used_at", "-pk").values_list("pk", flat=True)[:MOST_KEPT]
    peer.sessions.exclude(pk__in=list(kept)).delete()


def to_seal_with(own: OwnDevice, peer: PeerDevice, card: ContactCard) -> Session:
    """Return the session to seal with: the one both sides agree on, or a new one from the keys in the card."""
    sessions = load(peer)
    if sessions:
        return sealing_session(sessions)
    return own_device.account(own).start_session(card.olm_identity, card.olm_fallback)
