"""Where bundles arrive: opened, judged, stored and receipted, in the order of docs/protocol.md."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cached_property

from django.db import transaction

from peers import allowance, direct, events, people, sessions, streams, wakes, warm, ways
from peers import own as own_device
from peers.cards import card_in
from peers.hooks import Refused, handler_for
from peers.models import InStream, OwnDevice, PeerDevice, UnknownPayload
from peers.outbox import RATCHET, answer_ratchet
from peers.prepared import Select, store
from peers.protocol import bundle
from peers.protocol.codec import decode, encode
from peers.protocol.envelope import Envelope, Form, digest, open_envelope
from peers.protocol.errors import CannotOpen, ProtocolError
from peers.protocol.payload import Payload
from peers.protocol.ratchet import Account
from peers.protocol.receipt import Answer, Position, Verdict, make_receipt
from peers.protocol.streams import Place, place
from peers.receiving import receiving

_sender = Select(lambda device: PeerDevice.objects.filter(device=device, pinned=True), PeerDevice.device)
_stream = Select(
    lambda peer, stream: InStream.objects.select_for_update().filter(peer=peer, stream=stream),
    InStream.peer,
    InStream.stream,
)


class UnknownSender(ProtocolError):
    """We know no such device, or have not pinned it. Everybody unknown gets the same answer."""


class Poisoned(Exception):
    """An envelope moved a ratchet and then contradicted itself: the bundle is judged again without opening it."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


def receive(own: OwnDevice, data: bytes, pulled_from: int | None = None) -> bytes:
    """Take in one bundle and return the encoded answer with our receipt.

    Raises `ProtocolError`, and then nothing was stored and no ratchet moved. All envelopes are settled in one
    transaction; the couriers hear that the sender is there. `pulled_from` is the device, by its pk, whose answer to our
    pull the bundle was; without it, the sender dialled us.
    """
    contents = bundle.open_bundle(own_device.sealing_secrets(own), bytes(own.device), data)
    with warm.turn(patience=warm.READERS_WAIT):
        peer = known_sender(bundle.claimed_sender(contents))
    if pulled_from not in (None, peer.pk):
        raise UnknownSender("fetched from somebody else")
    envelopes = bundle.verify_bundle(contents, bytes(peer.device), bytes(own.device), _key_id(data))
    with allowance.admitted(peer, len(data)):
        answer = _settle(own, peer, contents, envelopes, dialled=pulled_from is None)
    if pulled_from is None:
        ways.reached(peer.pk)
    return encode(answer)


def _settle(
    own: OwnDevice, peer: PeerDevice, contents: bundle.Contents, envelopes: Sequence[Envelope], *, dialled: bool
) -> Answer:
    poisoned: set[int] = set()
    # Where the database does not say whether a handler stored anything, each has its savepoint from the start.
    guarded = direct.changes() is None
    heard = {"peer": peer.pk, "knocked": not envelopes, "dialled": dialled}
    while True:
        try:
            with warm.turn(), events.together(), transaction.atomic():
                answer = Reception(own, peer, contents, envelopes, poisoned, guarded).settle()
                transaction.on_commit(lambda: wakes.peer_heard.send(sender=None, **heard))
            return answer
        except Poisoned as err:
            # Rolled back with the ratchet that it moved.
            poisoned.add(err.index)
        except HalfRefused:
            # Rolled back too. Hardly any handler stores before it refuses, and a savepoint costs two statements.
            guarded = True


def known_sender(claimed: bytes) -> PeerDevice:
    """Return the pinned device that somebody claims to be. Raises `UnknownSender`."""
    peer = _sender.first(claimed)
    if peer is None:
        # Perhaps somebody new, of whom the login server knows. They will try again.
        wakes.stranger_called.send(sender=None)
        raise UnknownSender("later")
    return peer


def _key_id(data: bytes) -> bytes:
    """Return the id outside the seal; the manifest inside must name the same."""
    return decode(bundle.Bundle, data).key_id


class HalfRefused(Exception):
    """A handler refused what it had begun to store: the bundle is judged again with a savepoint around each."""


class Reception:
    """One verified bundle, settled inside one transaction."""

    def __init__(
        self,
        own: OwnDevice,
        peer: PeerDevice,
        contents: bundle.Contents,
        envelopes: Sequence[Envelope],
        poisoned: set[int],
        guarded: bool,
    ) -> None:
        self.own, self.peer, self.contents, self.envelopes = own, peer, contents, envelopes
        self.poisoned, self.guarded = poisoned, guarded
        self.conflicts: set[bytes] = set()
        self.card = card_in(bytes(peer.card))
        self.digests = [digest(each) for each in contents.envelopes]
        self.wants_answer = False

    def settle(self) -> Answer:
        """Judge and store every envelope in order, and return the receipt for all of them."""
        if self.contents.card is not None:
            people.take_card(self.peer, self.contents.card)
        if not self.envelopes:
            # A knock: how far we are tells the sender whether they or we were put back from a copy.
            return self._answer([], self._latest_streams())
        # The clock's row first: it is what every writer of this device takes first.
        self.clock = own_device.Clock(self.own)
        self.ratchets = sessions.Ratchets(self.peer)
        held = self._streams()
        with receiving():
            verdicts = [self._judge(index, held) for index in range(len(self.envelopes))]
        for stream in held.values():
            if stream.last_number:
                store(stream)
        if Verdict.CANNOT_OPEN in verdicts:
            self.ratchets.retire()
        self.ratchets.save()
        self.clock.save()
        if self.wants_answer:
            answer_ratchet(self.own, self.peer)
        return self._answer(verdicts, held)

    def _streams(self) -> dict[bytes, InStream]:
        named = dict.fromkeys(envelope.stream for envelope in self.envelopes)
        return {
            stream: _stream.first(self.peer.pk, stream) or InStream(peer=self.peer, stream=stream) for stream in named
        }

    def _latest_streams(self) -> dict[bytes, InStream]:
        latest = InStream.objects.filter(peer=self.peer).order_by("-pk")[: bundle.MAX_ENVELOPES]
        return {bytes(row.stream): row for row in latest}

    def _judge(self, index: int, held: dict[bytes, InStream]) -> Verdict:
        envelope, digest_of = self.envelopes[index], self.digests[index]
        stream, is_void = held[envelope.stream], envelope.form is Form.VOID
        if envelope.stream in self.conflicts:
            # Two copies of a home number differently: what comes next here is not what follows what we hold.
            return Verdict.LATER
        match place(stream.last_number, envelope.number):
            case Place.DUPLICATE:
                verdict = streams.judge_again(stream, envelope.number, digest_of, is_void)
                if verdict is Verdict.CONFLICT:
                    self.conflicts.add(envelope.stream)
                return verdict
            case Place.GAP:
                return Verdict.GAP
        verdict = Verdict.VOIDED if is_void else self._open(index, envelope)
        if verdict is not Verdict.CANNOT_OPEN:
            streams.remember(stream, digest_of, verdict, len(self.contents.envelopes[index]))
        return verdict

    def _open(self, index: int, envelope: Envelope) -> Verdict:
        if index in self.poisoned:
            return Verdict.CANNOT_OPEN
        device, ours = bytes(self.peer.device), bytes(self.own.device)
        try:
            opened = open_envelope(self.account, self.ratchets.sessions, envelope, self.card.olm_identity, device, ours)
        except CannotOpen:
            # vodozemac left the ratchet where it was.
            return Verdict.CANNOT_OPEN
        except ProtocolError as err:
            raise Poisoned(index) from err
        wants_answer = self.ratchets.opened(opened.session, opened.is_new)
        self.wants_answer = self.wants_answer or (wants_answer and opened.payload.kind != RATCHET)
        self.clock.hear(opened.payload.clock)
        return self._hand_over(opened.payload)

    @cached_property
    def account(self) -> Account:
        """Our Olm keys, which most bundles do not need more than once."""
        return own_device.account(self.own)

    def _hand_over(self, payload: Payload) -> Verdict:
        if payload.kind == RATCHET:
            return Verdict.STORED
        handler = handler_for(payload.kind)
        if handler is None:
            UnknownPayload.objects.create(peer=self.peer, kind=payload.kind, payload=encode(payload))
            return Verdict.STORED
        before = direct.changes()
        try:
            # With a savepoint a refusal takes back the handler's rows, and leaves the ratchet's.
            with transaction.atomic() if self.guarded else nullcontext():
                handler(self.peer, payload)
        except Refused as err:
            if not self.guarded and direct.changes() != before:
                raise HalfRefused from err
            return Verdict.REFUSED
        return Verdict.STORED

    def _answer(self, verdicts: Sequence[Verdict], held: dict[bytes, InStream]) -> Answer:
        receipt = make_receipt(
            own_device.signing_key(self.own),
            bytes(self.peer.device),
            self.digests,
            verdicts,
            [Position(stream, row.last_number) for stream, row in held.items()],
            int(time.time()),
        )
        card = own_device.current_card(self.own) if Verdict.CANNOT_OPEN in verdicts else None
        return Answer(receipt, card)
