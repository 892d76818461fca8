"""Comparing seven emoji with somebody who is online: the steps of both sides, and what the page shows of them.

All of it lives in memory, as one process holds a node's home. A comparison takes minutes, and after a start another one
is begun.
"""

import enum
import logging
import os
import threading
import time
import uuid
from dataclasses import dataclass, field

from peers import events, outbox
from peers.cards import card_in
from peers.models import KnownPerson, PeerDevice
from peers.own import account, present_device
from peers.protocol import comparison as wire
from peers.protocol.codec import Wire, encode
from peers.protocol.comparison import Comparison, Shown, Side
from peers.protocol.errors import ProtocolError
from peers.protocol.ratchet import Sas
from profiles import trust
from profiles.errors import NoComparison, NotNow, NumberChanged
from profiles.payloads import ANSWER, ASK, END, KEY, PROOF

log = logging.getLogger(__name__)

LASTS = 15 * 60.0


class Step(enum.StrEnum):
    """How far a comparison is, as the page tells it apart."""

    ASKED = "asked"
    INVITED = "invited"
    AGREEING = "agreeing"
    SHOWN = "shown"
    SAID = "said"
    SAME = "same"
    DIFFER = "differ"
    STOPPED = "stopped"
    TAMPERED = "tampered"

    @property
    def is_over(self) -> bool:
        return self in (Step.SAME, Step.DIFFER, Step.STOPPED, Step.TAMPERED)


# What was chosen a moment ago already.
CLICKED_TWICE = (("join", Step.AGREEING), ("join", Step.SHOWN), ("same", Step.SAID))


@dataclass
class Talk:
    """One comparison, as our side sees it."""

    id: bytes
    person: uuid.UUID
    peer: PeerDevice
    we_ask: bool
    step: Step
    sas: Sas = field(default_factory=Sas)
    began: float = field(default_factory=time.monotonic)
    commitment: bytes = b""
    shown: Shown | None = None
    emoji: list[tuple[str, str]] = field(default_factory=list)
    # The safety number that these emoji stand for.
    number: str = ""
    their_proof: str = ""

    @property
    def name(self) -> str:
        """What the page's answer names, so that a click is about what was shown."""
        return self.id.hex()


_lock = threading.RLock()
_talks: dict[uuid.UUID, Talk] = {}


def talk_with(person: uuid.UUID) -> Talk | None:
    """Return the comparison with a person that is under way, or was the last."""
    talk = _talks.get(person)
    return None if talk is None or time.monotonic() - talk.began > LASTS else talk


def invited_by(person: uuid.UUID) -> bool:
    """Tell whether a person waits for us to compare."""
    talk = talk_with(person)
    return talk is not None and talk.step is Step.INVITED


def forget(person: uuid.UUID) -> None:
    """Let the page say no more how the last comparison ended."""
    with _lock:
        talk = _talks.get(person)
        if talk is not None and talk.step.is_over:
            del _talks[person]


def begin(person: KnownPerson) -> None:
    """Ask a person to compare. Raises `NotNow`."""
    device = person.devices.filter(pinned=True).order_by("-pk").first()
    if device is None or not person.online or person.key_changed:
        raise NotNow
    with _lock:
        talk = Talk(os.urandom(16), person.pk, device, we_ask=True, step=Step.ASKED)
        _talks[person.pk] = talk
        _send(talk, ASK, wire.Ask(talk.id))
    _tell(talk)


def act(person: KnownPerson, name: str, what: str) -> None:
    """Do what the member chose on the page: join, same, differ or stop. Raises `NoComparison`, `NumberChanged`."""
    with _lock:
        talk = talk_with(person.pk)
        if talk is None or talk.name != name or talk.step.is_over:
            raise NoComparison
        if what == "join" and talk.step is Step.INVITED:
            _join(talk)
        elif what == "same" and talk.step is Step.SHOWN and talk.shown:
            talk.step = Step.SAID
            _send(talk, PROOF, wire.Proof(talk.id, talk.shown.prove()))
            _settle(talk)
        elif what in ("differ", "stop"):
            differ = what == "differ"
            _send(talk, END, wire.End(talk.id, differ))
            talk.step = Step.DIFFER if differ else Step.STOPPED
        elif (what, talk.step) not in CLICKED_TWICE:
            raise NoComparison
    _tell(talk)


def hear(peer: PeerDevice, said: wire.Ask | wire.Answer | wire.Key | wire.Proof | wire.End) -> None:
    """Take in what the other side says. Whatever does not fit the step is passed over."""
    with _lock:
        talk = _invited(peer, said) if isinstance(said, wire.Ask) else talk_with(peer.person_id)
        if talk is None or talk.id != said.id or talk.peer.pk != peer.pk or talk.step.is_over:
            return
        try:
            _go_on(talk, said)
        except ProtocolError as err:
            log.warning("a comparison of emoji was tampered with: %s", err)
            talk.step = Step.TAMPERED
            _send(talk, END, wire.End(talk.id, True))
        except NumberChanged:
            talk.step = Step.STOPPED
    _tell(talk)


def _invited(peer: PeerDevice, asked: wire.Ask) -> Talk | None:
    """Note that somebody asks; what was under way with them ends with that.

    Of two who ask at once the lower id counts, and both have said yes.
    """
    held = talk_with(peer.person_id)
    both_ask = held is not None and held.step is Step.ASKED and held.peer.pk == peer.pk
    if held is not None and both_ask and held.id < asked.id:
        return None
    talk = _talks[peer.person_id] = Talk(asked.id, peer.person_id, peer, we_ask=False, step=Step.INVITED)
    if both_ask:
        _join(talk)
    return talk


def _join(talk: Talk) -> None:
    talk.step = Step.AGREEING
    _send(talk, ANSWER, wire.Answer(talk.id, wire.commitment(talk.id, talk.sas.key)))


def _go_on(talk: Talk, said: Wire) -> None:
    match said:
        case wire.Answer() if talk.we_ask and talk.step is Step.ASKED:
            talk.commitment, talk.step = said.commitment, Step.AGREEING
            _send(talk, KEY, wire.Key(talk.id, talk.sas.key))
        case wire.Key() if talk.step is Step.AGREEING:
            if talk.we_ask:
                wire.check_commitment(talk.commitment, talk.id, said.key)
            else:
                _send(talk, KEY, wire.Key(talk.id, talk.sas.key))
            _show(talk, said.key)
        case wire.Proof() if talk.step in (Step.SHOWN, Step.SAID) and talk.shown:
            talk.shown.check(said.mac)
            talk.their_proof = said.mac
            _settle(talk)
        case wire.End():
            talk.step = Step.DIFFER if said.differ else Step.STOPPED


def _show(talk: Talk, their_key: bytes) -> None:
    person = KnownPerson.objects.get(pk=talk.person)
    own, their = _own_side(), _side_of(person, talk.peer)
    keys = (talk.sas.key, their_key) if talk.we_ask else (their_key, talk.sas.key)
    sides = (own, their) if talk.we_ask else (their, own)
    talk.shown = Shown(talk.sas, Comparison(talk.id, *sides, *keys), we_ask=talk.we_ask)
    talk.emoji, talk.number, talk.step = talk.shown.emoji(), trust.number_with(person), Step.SHOWN


def _settle(talk: Talk) -> None:
    """Mark the person as compared once both have said that the emoji are the same."""
    if talk.step is Step.SAID and talk.their_proof:
        trust.mark_compared(KnownPerson.objects.get(pk=talk.person), talk.number, "seven emoji")
        talk.step = Step.SAME


def _own_side() -> Side:
    own = present_device()
    return Side(bytes(own.person), bytes(own.device), account(own).identity, trust.own_list())


def _side_of(person: KnownPerson, peer: PeerDevice) -> Side:
    card = card_in(bytes(peer.card))
    return Side(person.pk.bytes, bytes(peer.device), card.olm_identity, trust.list_of(person))


def _send(talk: Talk, kind: str, body: Wire) -> None:
    outbox.enqueue(present_device(), talk.peer, kind, outbox.NO_CONVERSATION, encode(body))


def _tell(talk: Talk) -> None:
    events.publish("people", person=str(talk.person))
