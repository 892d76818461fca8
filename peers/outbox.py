"""Where payloads wait for their device: sealed once, kept until receipted, retried as the same bytes."""

import secrets
import time
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from peers import own as own_device
from peers import sessions
from peers.hooks import delivery_ended
from peers.models import Delivery, OutStream, OwnDevice, PeerDevice
from peers.protocol import bundle, envelope
from peers.protocol.card import ContactCard, read_card
from peers.protocol.codec import decode
from peers.protocol.errors import ProtocolError
from peers.protocol.payload import Payload
from peers.protocol.receipt import Receipt, Verdict, read_receipt
from peers.protocol.signing import Signed

WAITING, DELIVERED, FAILED = Delivery.State.WAITING, Delivery.State.DELIVERED, Delivery.State.FAILED


class NotPinned(ProtocolError):
    """Nothing is sealed to a device whose keys the member has not accepted."""


def new_id() -> bytes:
    """Return a UUIDv7 (RFC 9562, section 5.7): milliseconds first, so that ids sort by age."""
    value = int.from_bytes((time.time_ns() // 1_000_000).to_bytes(6, "big") + secrets.token_bytes(10), "big")
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0b11 << 62) | (0b10 << 62)
    return value.to_bytes(16, "big")


def card_of(peer: PeerDevice) -> ContactCard:
    """Return the card that we hold of a device."""
    return read_card(decode(Signed, bytes(peer.card)))


@transaction.atomic
def enqueue(
    own: OwnDevice, peer: PeerDevice, kind: str, conversation: bytes, body: bytes, payload_id: bytes | None = None
) -> Delivery:
    """Seal a payload for a device and queue it, in the caller's transaction if there is one. Raises `NotPinned`."""
    if not peer.pinned:
        raise NotPinned(str(peer))
    stream = _open_stream(peer)
    stream.last_number += 1
    stream.save(update_fields=["last_number"])
    payload = Payload(
        id=payload_id or new_id(),
        kind=kind,
        conversation=conversation,
        stream=bytes(stream.stream),
        number=stream.last_number,
        clock=own_device.next_clock(own),
        sender=bytes(own.device),
        recipient=bytes(peer.device),
        body=body,
    )
    session = sessions.to_seal_with(own, peer, card_of(peer))
    sealed = envelope.seal(session, payload)
    sessions.save(peer, session)
    return Delivery.objects.create(
        stream=stream,
        number=payload.number,
        payload_id=payload.id,
        kind=kind,
        envelope=sealed,
        digest=envelope.digest(sealed),
    )


def _open_stream(peer: PeerDevice) -> OutStream:
    stream, _ = OutStream.objects.select_for_update().get_or_create(peer=peer, closed_at=None)
    return stream


def waiting(peer: PeerDevice) -> list[Delivery]:
    """Return the deliveries of the next bundle for a device, in order, within the bundle's caps."""
    rows = Delivery.objects.filter(stream__peer=peer, stream__closed_at=None, state=WAITING).order_by("number")
    chosen: list[Delivery] = []
    size = 0
    for row in rows[: bundle.MAX_ENVELOPES]:
        size += len(row.envelope)
        if size > bundle.MAX_ENVELOPE_BYTES:
            break
        chosen.append(row)
    return chosen


def make_bundle(own: OwnDevice, peer: PeerDevice, deliveries: Sequence[Delivery]) -> bytes:
    """Sign and seal the stored envelopes for one attempt; none at all make a knock."""
    envelopes = [bytes(row.envelope) for row in deliveries]
    card = own_device.current_card(own)
    return bundle.make_bundle(own_device.signing_key(own), card_of(peer), envelopes, card)


@transaction.atomic
def take_receipt(own: OwnDevice, peer: PeerDevice, deliveries: Sequence[Delivery], signed: Signed) -> Receipt:
    """Settle the deliveries of a bundle by the receipt that it got. Raises `ProtocolError`, and settles nothing."""
    digests = [bytes(row.digest) for row in deliveries]
    receipt = read_receipt(signed, bytes(own.device), bytes(peer.device), digests)
    for row, verdict in zip(deliveries, receipt.verdicts, strict=True):
        if verdict in (Verdict.STORED, Verdict.DUPLICATE):
            _end(row, DELIVERED)
        elif verdict is Verdict.REFUSED:
            _end(row, FAILED, "Their node refused this message.")
        elif verdict is Verdict.VOIDED:
            _end(row, FAILED, row.reason or "You gave this message up before it was delivered.")
    return receipt


def _end(row: Delivery, state: str, reason: str = "") -> None:
    """End a delivery that still waits. A late or repeated receipt finds it ended, and changes nothing."""
    still = Delivery.objects.filter(pk=row.pk, state=WAITING)
    if still.update(state=state, reason=reason, envelope=None, ended_at=timezone.now()):
        row.refresh_from_db()
        delivery_ended.send(sender=Delivery, delivery=row)


@transaction.atomic
def give_up(row: Delivery, reason: str) -> bool:
    """Replace a waiting envelope by the void of its number, and tell whether it was still waiting.

    The number is sent all the same, because a stream has no holes. An envelope that the peer already holds will be
    receipted as a duplicate, and counts as delivered.
    """
    sealed = envelope.void(bytes(row.stream.stream), row.number)
    mine = Delivery.objects.filter(pk=row.pk, state=WAITING)
    return mine.update(envelope=sealed, digest=envelope.digest(sealed), reason=reason) == 1
