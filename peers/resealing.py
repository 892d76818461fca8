"""Sealing again what an accident made unreadable: a lost session, a recipient that was restored, a copied home."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from peers import own as own_device
from peers.cards import card_in
from peers.hooks import body_again, stream_restarted
from peers.models import Delivery, OutStream, OwnDevice, PeerDevice
from peers.prepared import Update
from peers.protocol import envelope
from peers.protocol.card import ContactCard, read_card
from peers.protocol.codec import encode
from peers.protocol.errors import ProtocolError
from peers.protocol.payload import Payload
from peers.protocol.ratchet import Session
from peers.protocol.signing import Signed
from peers.sessions import Ratchets

WAITING, FAILED = Delivery.State.WAITING, Delivery.State.FAILED
# vodozemac refuses to jump over 2,000 messages of a session.
MOST_VOIDS = 1000
# Rows of one resupply, and those that are held in memory at a time: a long queue is sealed again piece by piece.
AT_ONCE, BATCH = 5000, 500

_sealed_again = Update(
    lambda sealed, digest, pk: (Delivery.objects.filter(pk=pk), {"envelope": sealed, "digest": digest}),
    Delivery.envelope,
    Delivery.digest,
    Delivery.id,
)
_waits_again = Update(
    lambda body, sealed, digest, pk: (
        Delivery.objects.filter(pk=pk),
        {"state": WAITING, "body": body, "envelope": sealed, "digest": digest},
    ),
    Delivery.body,
    Delivery.envelope,
    Delivery.digest,
    Delivery.id,
)
_renumbered = Update(
    lambda stream, number, pk: (Delivery.objects.filter(pk=pk), {"stream": stream, "number": number}),
    Delivery.stream,
    Delivery.number,
    Delivery.id,
)


class IdentityChanged(ProtocolError):
    """The device names another Olm identity than before. Nothing is sealed to it."""


def seal(session: Session, own: OwnDevice, peer: PeerDevice, row: Delivery) -> None:
    """Seal a delivery's body under its stream and number. The caller stores the row together with the session."""
    if row.body is None:
        raise ValueError(f"{row} has no body")
    payload = Payload(
        id=bytes(row.payload_id),
        kind=row.kind,
        conversation=bytes(row.conversation),
        stream=bytes(row.stream.stream),
        number=row.number,
        clock=row.clock,
        sender=bytes(own.device),
        recipient=bytes(peer.device),
        body=bytes(row.body),
    )
    row.envelope = envelope.seal(session, payload)
    row.digest = envelope.digest(row.envelope)


@transaction.atomic
def heal(own: OwnDevice, peer: PeerDevice, card: Signed | None) -> None:
    """Start a new session with the same identity key, and seal again all that waits under the same numbers.

    `card` is the one that came with the receipt that said "cannot open". Raises `IdentityChanged`, `ProtocolError`.
    """
    if card is not None:
        _take_fresher(peer, read_card(card), card)
    _seal_all_anew(own, peer)


def _take_fresher(peer: PeerDevice, fresh: ContactCard, signed: Signed) -> None:
    known = card_in(bytes(peer.card))
    if (fresh.device, fresh.person, fresh.olm_identity) != (known.device, known.person, known.olm_identity):
        raise IdentityChanged(str(peer))
    if fresh.version > known.version:
        peer.card, peer.card_version = encode(signed), fresh.version
        peer.save(update_fields=["card", "card_version"])


def _seal_all_anew(own: OwnDevice, peer: PeerDevice) -> None:
    ratchets = Ratchets(peer)
    ratchets.retire()
    stream = OutStream.objects.select_for_update().filter(peer=peer, closed_at=None).first()
    if stream is None:
        return
    session = ratchets.to_seal_with(own, card_in(bytes(peer.card)))
    _seal_rows(session, own, peer, stream.deliveries.filter(state=WAITING, body__isnull=False).order_by("number"))
    ratchets.save()


def _seal_rows(session: Session, own: OwnDevice, peer: PeerDevice, rows: QuerySet[Delivery]) -> None:
    last = 0
    while found := list(rows.filter(number__gt=last)[:BATCH]):
        for row in found:
            seal(session, own, peer, row)
        _sealed_again.each((row.envelope, row.digest, row.pk) for row in found)
        last = found[-1].number


def spare_the_ratchet(stream: OutStream) -> None:
    """Start a new session when voids make the recipient's ratchet jump too far, and seal what follows with it."""
    voids = stream.deliveries.filter(state=WAITING, body__isnull=True).count()
    own = own_device.own_device()
    if own is not None and voids and voids % MOST_VOIDS == 0:
        _seal_all_anew(own, stream.peer)


@transaction.atomic
def resupply(own: OwnDevice, peer: PeerDevice, stream: OutStream, last: int) -> None:
    """Send again what a restored recipient lost: all after `last`, from history, or voided where nobody has it.

    A number that was delivered once has its ticks above, and keeps them.
    """
    first = stream.deliveries.filter(state=WAITING).order_by("number").values_list("number", flat=True).first()
    lost = stream.deliveries.filter(number__gt=last).exclude(state=WAITING).order_by("number")
    if first is not None:
        lost = lost.filter(number__lt=first)
    found = list(lost[:AT_ONCE])
    for row in found:
        row.body = body_again(row.kind, bytes(row.payload_id))
        if row.body is None:
            row.envelope = envelope.void(bytes(stream.stream), row.number)
            row.digest = envelope.digest(row.envelope)
    _waits_again.each((row.body, row.envelope, row.digest, row.pk) for row in found)
    # Its ratchet is as old as the rest of it, so all of this and all that follows goes through a new one; and so is
    # what it knows of us.
    PeerDevice.objects.filter(pk=peer.pk).update(told_version=0)
    _seal_all_anew(own, peer)


@transaction.atomic
def start_anew(own: OwnDevice, peer: PeerDevice) -> None:
    """Open a new stream and a new session: this home was restored or copied, for the peer holds numbers unknown here.

    All that has no true receipt is sealed again in the new stream. What was given up ends: its number is gone. Our card
    may be as old as the rest of this home, so it is published anew.
    """
    own_device.overtake(own, 0)
    own.refresh_from_db()
    now = timezone.now()
    old = OutStream.objects.select_for_update().filter(peer=peer, closed_at=None).first()
    if old is None:
        return
    old.closed_at = now
    old.save(update_fields=["closed_at"])
    waiting = old.deliveries.filter(state=WAITING, body__isnull=False).order_by("number").values_list("pk", flat=True)
    pks = list(waiting)
    old.deliveries.filter(state=WAITING, body__isnull=True).update(state=FAILED, envelope=None, ended_at=now)
    fresh = OutStream.objects.create(peer=peer, last_number=len(pks))
    _renumbered.each((fresh.pk, number, pk) for number, pk in enumerate(pks, 1))
    _seal_all_anew(own, peer)
    stream_restarted.send(sender=OutStream, peer=peer)
