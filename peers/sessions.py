"""Ratchets between our device and others, as rows."""

import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from peers import own as own_device
from peers.models import OlmSession, OwnDevice, PeerDevice
from peers.prepared import Select, store
from peers.protocol.card import ContactCard
from peers.protocol.errors import CannotOpen
from peers.protocol.ratchet import PICKLE_KEY_LENGTH, Session, sealing_session

log = logging.getLogger(__name__)

# Both sides may start at once and more than once; more than this many are old attempts.
MOST_KEPT = 5
# One-way traffic is answered after as many envelopes, or after so long: only an answer heals a ratchet.
MOST_ONE_WAY = 100
LONGEST_ONE_WAY = timedelta(days=1)

_sessions = Select(lambda peer: OlmSession.objects.filter(peer=peer), OlmSession.peer)


class Ratchets:
    """The sessions with one device during one transaction. What moved is stored by `save`, or forgotten."""

    def __init__(self, peer: PeerDevice) -> None:
        self.peer = peer
        rows = sorted(_sessions.all(peer.pk), key=lambda row: row.session_id)
        self._rows: dict[str, OlmSession] = {row.session_id: row for row in rows}
        self._taken_out: dict[str, Session] = {}
        self._moved: dict[str, Session] = {}

    @property
    def sessions(self) -> Iterator[Session]:
        """The sessions in the order in which they are tried, each taken out only then: the first one mostly opens."""
        for session_id in list(self._rows):
            if session := self._take_out(session_id):
                yield session

    def _take_out(self, session_id: str) -> Session | None:
        if session_id not in self._taken_out:
            row = self._rows[session_id]
            try:
                self._taken_out[session_id] = Session.from_pickle(row.state, bytes(row.state_key))
            except CannotOpen:
                # One that is damaged is as good as lost, and lost ones are healed; kept, it would stop everything.
                log.warning("%s is damaged, and is forgotten", row)
                row.delete()
                del self._rows[session_id]
        return self._taken_out.get(session_id)

    def to_seal_with(self, own: OwnDevice, card: ContactCard) -> Session:
        """Return the session that both sides agree on, or a new one from the keys in the card."""
        session = self._agreed() or self._start(own, card)
        # Whichever session the other side used: this envelope is the answer.
        for row in self._rows.values():
            row.opened_since, row.one_way_since = 0, None
        self._moved[session.id] = session
        return session

    def _agreed(self) -> Session | None:
        while candidates := [session_id for session_id, row in self._rows.items() if not row.retired]:
            # One that turns out to be damaged is no candidate any more.
            if session := self._take_out(sealing_session(candidates)):
                return session
        return None

    def _start(self, own: OwnDevice, card: ContactCard) -> Session:
        session = own_device.account(own).start_session(card.olm_identity, card.olm_fallback)
        self._add(session)
        return session

    def _add(self, session: Session) -> None:
        self._taken_out[session.id] = session
        self._rows[session.id] = OlmSession(peer=self.peer, session_id=session.id)

    def opened(self, session: Session, is_new: bool) -> bool:
        """Note that a session opened an envelope, and tell whether the other side should get an answer sealed back."""
        if is_new:
            self._add(session)
        row, now = self._rows[session.id], timezone.now()
        row.opened_since += 1
        row.one_way_since = row.one_way_since or now
        self._moved[session.id] = session
        return is_new or row.opened_since >= MOST_ONE_WAY or now - row.one_way_since >= LONGEST_ONE_WAY

    def retire(self) -> None:
        """Seal with none of these any more: one of the two sides could not open something."""
        self.peer.sessions.update(retired=True)
        for row in self._rows.values():
            row.retired = True

    def save(self) -> None:
        """Store the sessions that moved, each under a fresh key, and forget those used longest ago beyond five."""
        for session_id, session in self._moved.items():
            row = self._rows[session_id]
            row.state_key = os.urandom(PICKLE_KEY_LENGTH)
            row.state, row.used_at = session.pickle(row.state_key), self._latest()
            store(row)
        self._moved.clear()
        if len(self._rows) > MOST_KEPT:
            kept = self.peer.sessions.order_by("-used_at", "-pk").values_list("pk", flat=True)[:MOST_KEPT]
            self.peer.sessions.exclude(pk__in=list(kept)).delete()

    def _latest(self) -> datetime:
        """Return a time after every other use: a clock that was set back must not make the newest the oldest."""
        uses = [row.used_at + timedelta(microseconds=1) for row in self._rows.values()]
        return max([timezone.now(), *uses])
