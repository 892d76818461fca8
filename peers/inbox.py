"""Where bundles arrive: opened, judged, stored and receipted, in the order of docs/protocol.md."""

import time
from collections.abc import Sequence

from django.db import transaction

from peers import own as own_device
from peers import sessions
from peers.hooks import Refused, handler_for
from peers.models import InStream, OwnDevice, PeerDevice, UnknownPayload
from peers.protocol import bundle
from peers.protocol.card import read_card
from peers.protocol.codec import decode, encode
from peers.protocol.envelope import Envelope, Form, digest, open_envelope
from peers.protocol.errors import ProtocolError
from peers.protocol.payload import Payload
from peers.protocol.receipt import Answer, Position, Verdict, make_receipt
from peers.protocol.signing import Signed
from peers.protocol.streams import Place, place


class UnknownSender(ProtocolError):
    """We know no such device, or have not pinned it. Everybody unknown gets the same answer."""


def receive(own: OwnDevice, data: bytes) -> bytes:
    """Take in one bundle and return the encoded answer with our receipt.

    Raises `ProtocolError`, and then nothing was stored and no ratchet moved. Each envelope is settled in a
    transaction of its own, so what was receipted stays though a later one fails.
    """
    contents = bundle.open_bundle(own_device.sealing_secrets(own), bytes(own.device), data)
    peer = _known_sender(contents)
    key_id = _key_id(own, data)
    envelopes = bundle.verify_bundle(contents, bytes(peer.device), bytes(own.device), key_id)
    verdicts = _settle_all(own, peer, envelopes)
    return encode(_answer(own, peer, contents.envelopes, envelopes, verdicts))


def _known_sender(contents: bundle.Contents) -> PeerDevice:
    peer = PeerDevice.objects.filter(device=bundle.claimed_sender(contents), pinned=True).first()
    if peer is None:
        raise UnknownSender("later")
    return peer


def _key_id(own: OwnDevice, data: bytes) -> bytes:
    """Return the id outside the seal; the manifest inside must name the same."""
    return decode(bundle.Bundle, data).key_id


def _settle_all(own: OwnDevice, peer: PeerDevice, envelopes: Sequence[Envelope]) -> list[Verdict]:
    return [settle(own, peer, envelope) for envelope in envelopes]


def settle(own: OwnDevice, peer: PeerDevice, envelope: Envelope) -> Verdict:
    """Judge one envelope of a verified bundle, and store what it brings together with the ratchet's new state."""
    try:
        with transaction.atomic():
            stream = InStream.objects.select_for_update().filter(peer=peer, stream=envelope.stream).first()
            stream = stream or InStream(peer=peer, stream=envelope.stream)
            match place(stream.last_number, envelope.number):
                case Place.DUPLICATE:
                    return Verdict.DUPLICATE
                case Place.GAP:
                    return Verdict.GAP
            verdict = Verdict.VOIDED if envelope.form is Form.VOID else _store(own, peer, envelope)
            stream.last_number = envelope.number
            stream.save()
            return verdict
    except ProtocolError:
        # The transaction took the moved ratchet and any new session row back with it.
        return Verdict.CANNOT_OPEN


def _store(own: OwnDevice, peer: PeerDevice, envelope: Envelope) -> Verdict:
    card = read_card(decode(Signed, bytes(peer.card)))
    opened = open_envelope(
        own_device.account(own),
        sessions.load(peer),
        envelope,
        card.olm_identity,
        bytes(peer.device),
        bytes(own.device),
    )
    sessions.save(peer, opened.session)
    own_device.next_clock(own, opened.payload.clock)
    return _hand_over(peer, opened.payload)


def _hand_over(peer: PeerDevice, payload: Payload) -> Verdict:
    handler = handler_for(payload.kind)
    if handler is None:
        UnknownPayload.objects.create(peer=peer, kind=payload.kind, payload=encode(payload))
        return Verdict.STORED
    try:
        # A savepoint: a refusal takes back the handler's rows, and leaves the ratchet's.
        with transaction.atomic():
            handler(peer, payload)
    except Refused:
        return Verdict.REFUSED
    return Verdict.STORED


def _answer(
    own: OwnDevice,
    peer: PeerDevice,
    sealed: Sequence[bytes],
    envelopes: Sequence[Envelope],
    verdicts: Sequence[Verdict],
) -> Answer:
    named = dict.fromkeys(envelope.stream for envelope in envelopes)
    held = dict(InStream.objects.filter(peer=peer, stream__in=list(named)).values_list("stream", "last_number"))
    last = {bytes(stream): number for stream, number in held.items()}
    receipt = make_receipt(
        own_device.signing_key(own),
        bytes(peer.device),
        [digest(each) for each in sealed],
        verdicts,
        [Position(stream, last.get(stream, 0)) for stream in named],
        int(time.time()),
    )
    card = own_device.current_card(own) if Verdict.CANNOT_OPEN in verdicts else None
    return Answer(receipt, card)
