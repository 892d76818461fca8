"""Where payloads wait for their device: sealed once, kept until receipted, retried as the same bytes."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from peers import own as own_device
from peers import receiving, resealing, wakes
from peers.cards import card_in
from peers.hooks import deliveries_ended, delivery_given_up
from peers.models import Delivery, OutStream, OwnDevice, PeerDevice
from peers.prepared import Select, Update, insert
from peers.protocol import bundle, envelope
from peers.protocol.card import ContactCard
from peers.protocol.codec import decode
from peers.protocol.errors import ProtocolError
from peers.protocol.receipt import Answer, Receipt, Verdict, read_receipt
from peers.protocol.signing import Signed
from peers.sessions import Ratchets

WAITING, DELIVERED, FAILED = Delivery.State.WAITING, Delivery.State.DELIVERED, Delivery.State.FAILED
RATCHET = "peers.ratchet"
NO_CONVERSATION = bytes(16)
LIFETIME = timedelta(days=7)
TOO_OLD = "Their node could not be reached for 7 days."

_stream_to = Select(lambda peer: OutStream.objects.filter(peer=peer, closed_at=None), OutStream.peer)
_stream_held = Select(
    lambda peer: OutStream.objects.select_for_update().filter(peer=peer, closed_at=None), OutStream.peer
)
_issued = Update(
    lambda last, pk: (OutStream.objects.filter(pk=pk), {"last_number": last}), OutStream.last_number, OutStream.id
)
_next = Select(
    lambda peer: (
        Delivery.objects.filter(stream__peer=peer, stream__closed_at=None, state=WAITING)
        .select_related("stream")
        .defer("body")
        .order_by("number")[: bundle.MAX_ENVELOPES]
    ),
    OutStream.peer,
)
_ended = Update(
    lambda state, reason, at, pk: (
        Delivery.objects.filter(pk=pk, state=WAITING),
        {"state": state, "reason": reason, "ended_at": at, "envelope": None, "body": None},
    ),
    Delivery.state,
    Delivery.reason,
    Delivery.ended_at,
    Delivery.id,
)


class NotPinned(ProtocolError):
    """Nothing is sealed to a device whose keys the member has not accepted."""


@dataclass(frozen=True)
class Letter:
    """What to send: a kind and its body. A payload that goes to several devices has one id."""

    kind: str
    conversation: bytes
    body: bytes
    payload_id: bytes | None = None


def new_id() -> bytes:
    """Return a UUIDv7 (RFC 9562, section 5.7): milliseconds first, so that ids sort by age."""
    value = int.from_bytes((time.time_ns() // 1_000_000).to_bytes(6, "big") + secrets.token_bytes(10), "big")
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0b11 << 62) | (0b10 << 62)
    return value.to_bytes(16, "big")


def card_of(peer: PeerDevice) -> ContactCard:
    """Return the card that we hold of a device."""
    return card_in(bytes(peer.card))


def enqueue(
    own: OwnDevice, peer: PeerDevice, kind: str, conversation: bytes, body: bytes, payload_id: bytes | None = None
) -> Delivery:
    """Seal a payload for a device and queue it, in the caller's transaction if there is one. Raises `NotPinned`."""
    (delivery,) = enqueue_many(own, peer, [Letter(kind, conversation, body, payload_id)])
    return delivery


def enqueue_many(own: OwnDevice, peer: PeerDevice, letters: Sequence[Letter]) -> list[Delivery]:
    """Seal letters for a device in their order and queue them. Couriers are woken on commit. Raises `NotPinned`."""
    receiving.check()
    if not peer.pinned:
        raise NotPinned(str(peer))
    return _enqueue(own, peer, letters)


# Nobody goes on with a transaction in which sealing or settling failed, so neither needs a savepoint.
@transaction.atomic(savepoint=False)
def _enqueue(own: OwnDevice, peer: PeerDevice, letters: Sequence[Letter]) -> list[Delivery]:
    # The clock's row first: it is what every writer of this device takes first.
    clock = own_device.Clock(own)
    stream = _open_stream(peer)
    ratchets = Ratchets(peer)
    session = ratchets.to_seal_with(own, card_of(peer))
    rows = []
    for letter in letters:
        stream.last_number += 1
        row = Delivery(
            stream=stream,
            number=stream.last_number,
            payload_id=letter.payload_id or new_id(),
            kind=letter.kind,
            conversation=letter.conversation,
            clock=clock.tick(),
            body=letter.body,
        )
        resealing.seal(session, own, peer, row)
        rows.append(row)
    insert(rows)
    _issued(stream.last_number, stream.pk)
    ratchets.save()
    clock.save()
    transaction.on_commit(lambda: wakes.envelope_waits.send(sender=None, peer=peer.pk))
    return rows


def answer_ratchet(own: OwnDevice, peer: PeerDevice) -> Delivery:
    """Queue a payload that says nothing: receipts do not move the ratchet, and only an answer heals it."""
    return enqueue(own, peer, RATCHET, NO_CONVERSATION, b"")


def _open_stream(peer: PeerDevice) -> OutStream:
    if found := _stream_held.first(peer.pk):
        return found
    stream, _ = OutStream.objects.select_for_update().get_or_create(peer=peer, closed_at=None)
    return stream


def stream_to(peer: PeerDevice) -> OutStream | None:
    """Return the open stream to a device, if anything was ever sent to it."""
    return _stream_to.first(peer.pk)


def settled_up_to(stream: OutStream) -> int:
    """Return the number up to which nothing of a stream waits."""
    first = stream.deliveries.filter(state=WAITING).order_by("number").values_list("number", flat=True).first()
    return stream.last_number if first is None else first - 1


def waiting(peer: PeerDevice) -> list[Delivery]:
    """Return the deliveries of the next bundle for a device, in order, within the bundle's caps."""
    if not peer.pinned:
        return []
    chosen: list[Delivery] = []
    size = 0
    for row in _next.all(peer.pk):
        size += len(_envelope(row))
        if size > bundle.MAX_ENVELOPE_BYTES:
            break
        # A device has one open stream, so all of them share its row.
        row.stream = chosen[0].stream if chosen else row.stream
        chosen.append(row)
    return chosen


def _envelope(row: Delivery) -> bytes | memoryview:
    """Return what a waiting delivery is sent as; none that waits is without."""
    if row.envelope is None:
        raise ValueError(f"{row} has no envelope")
    return row.envelope


def make_bundle(own: OwnDevice, peer: PeerDevice, deliveries: Sequence[Delivery]) -> bytes:
    """Sign and seal the stored envelopes for one attempt; none at all make a knock.

    Our card comes along until the device is known to hold this version, our certificate with it.
    """
    envelopes = [bytes(_envelope(row)) for row in deliveries]
    return bundle.make_bundle(own_device.signing_key(own), card_of(peer), envelopes, *news(own, peer))


def news(own: OwnDevice, peer: PeerDevice) -> tuple[Signed | None, Signed | None]:
    """Return our card and our certificate if a device may lack this version, else neither."""
    if peer.told_version >= own.card_version:
        return None, None
    return own_device.current_card(own), decode(Signed, bytes(own.certificate)) if own.certificate else None


def read_answer(
    own: OwnDevice, peer: PeerDevice, deliveries: Sequence[Delivery], data: bytes
) -> tuple[Answer, Receipt]:
    """Return an answer and its receipt for exactly these envelopes. Raises `ProtocolError`."""
    answer = decode(Answer, data)
    digests = [bytes(row.digest) for row in deliveries]
    return answer, read_receipt(answer.receipt, bytes(own.device), bytes(peer.device), digests)


@transaction.atomic(savepoint=False)
def settle(deliveries: Sequence[Delivery], receipt: Receipt) -> None:
    """End the deliveries that a verified receipt settles; the others go on waiting."""
    ended: list[Delivery] = []
    for row, verdict in zip(deliveries, receipt.verdicts, strict=True):
        if verdict in (Verdict.STORED, Verdict.DUPLICATE):
            row.state, row.reason = DELIVERED, ""
        elif verdict is Verdict.REFUSED:
            row.state, row.reason = FAILED, "Their node refused this message."
        elif verdict is Verdict.VOIDED:
            row.state, row.reason = FAILED, row.reason or "You gave this message up before it was delivered."
        else:
            continue
        ended.append(row)
    _end(ended)


def _end(rows: Sequence[Delivery]) -> None:
    """End deliveries. Only the courier that holds the lane does so, and a late receipt finds nothing to change."""
    now = timezone.now()
    _ended.each([(row.state, row.reason, now, row.pk) for row in rows])
    if rows:
        deliveries_ended.send(sender=Delivery, deliveries=list(rows))


@transaction.atomic
def give_up(row: Delivery, reason: str) -> bool:
    """Replace a waiting envelope by the void of its number, and tell whether it was still waiting.

    The number is sent all the same, because a stream has no holes. A payload that the peer already holds will be
    receipted as a duplicate, and counts as delivered.
    """
    sealed = envelope.void(bytes(row.stream.stream), row.number)
    mine = Delivery.objects.filter(pk=row.pk, state=WAITING, body__isnull=False)
    if mine.update(envelope=sealed, digest=envelope.digest(sealed), body=None, reason=reason) != 1:
        return False
    row.refresh_from_db()
    resealing.spare_the_ratchet(row.stream)
    delivery_given_up.send(sender=Delivery, delivery=row, reason=reason)
    transaction.on_commit(lambda: wakes.envelope_waits.send(sender=None, peer=row.stream.peer_id))
    return True


@transaction.atomic
def abandon(peer: PeerDevice, reason: str) -> None:
    """Close the stream to a device that is written to no more, and end all that waits in it as failed."""
    stream = OutStream.objects.select_for_update().filter(peer=peer, closed_at=None).first()
    if stream is None:
        return
    rows = list(stream.deliveries.filter(state=WAITING).select_related("stream").order_by("number"))
    for row in rows:
        row.state, row.reason = FAILED, reason
    OutStream.objects.filter(pk=stream.pk).update(closed_at=timezone.now())
    _end(rows)


def give_up_the_old() -> int:
    """Give up what has waited for 7 days, and return how many that were."""
    old = Delivery.objects.filter(state=WAITING, body__isnull=False, created_at__lt=timezone.now() - LIFETIME)
    return sum(give_up(row, TOO_OLD) for row in old.select_related("stream"))
