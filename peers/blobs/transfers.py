"""What the rooms above ask of transfers: offer, expect, begin, stop."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from peers import room, wakes
from peers.blobs import hooks
from peers.models import Blob, PeerDevice, Transfer
from peers.protocol.transfer import FINAL, Wish

State = Transfer.State
LIFETIME = timedelta(days=7)
TOO_OLD = "too-old"


def offer(blob: Blob, peers: Iterable[PeerDevice], transfer_id: bytes) -> None:
    """Note that a blob is offered to devices. It moves once `begin` says that they hold the offer."""
    for peer in peers:
        row, is_new = Transfer.objects.get_or_create(
            transfer_id=transfer_id, peer=peer, incoming=False, defaults={"blob": blob, "state": State.OFFERED}
        )
        if not is_new:
            row.blob, row.state, row.reason, row.created_at = blob, State.OFFERED, "", timezone.now()
            row.save(update_fields=["blob", "state", "reason", "created_at"])


def expect(blob: Blob, peer: PeerDevice, transfer_id: bytes) -> Transfer:
    """Agree to a blob that a device offers, or refuse it by the limits of this node."""
    wish = room.judge(peer, blob.size)
    return Transfer.objects.create(
        transfer_id=transfer_id,
        peer=peer,
        blob=blob,
        incoming=True,
        state=State.MOVING if wish is Wish.WANTED else State.REFUSED,
        reason="" if wish is Wish.WANTED else wish.value,
    )


def begin(transfer_ids: Iterable[bytes], peers: Iterable[int]) -> None:
    """Let offered blobs move to devices that hold the offer now. A device that was restored may lack what it had."""
    rows = Transfer.objects.filter(transfer_id__in=list(transfer_ids), incoming=False, peer__in=list(peers))
    rows.filter(state__in=(State.OFFERED, State.ARRIVED, State.DONE)).update(state=State.MOVING)
    wake()


def done(transfer_id: bytes, peer: PeerDevice) -> None:
    """Note the receiver's word that it holds the whole blob."""
    Transfer.objects.filter(transfer_id=transfer_id, peer=peer, incoming=False).update(state=State.DONE, reason="")


def pause(transfer_id: bytes, is_paused: bool) -> None:
    """Let a blob rest on its way to every device, or go on."""
    rows = Transfer.objects.filter(transfer_id=transfer_id, incoming=False)
    before, after = (State.MOVING, State.PAUSED) if is_paused else (State.PAUSED, State.MOVING)
    rows.filter(state=before).update(state=after)
    wake()


def stop(transfer_id: bytes) -> None:
    """End a blob's way here, whatever came of it: the other side hears that it is gone."""
    Transfer.objects.filter(transfer_id=transfer_id).exclude(state=State.REFUSED).update(state=State.STOPPED)
    wake()


def wake() -> None:
    """Tell the couriers of this process, after commit, that the rows changed."""
    transaction.on_commit(lambda: wakes.files_wait.send(sender=None))


@transaction.atomic
def refused(row: Transfer, reason: str) -> None:
    """Note that a receiver refuses a blob for good, or that we gave it up."""
    mine = Transfer.objects.filter(pk=row.pk, incoming=False, state__in=(State.OFFERED, State.MOVING, State.PAUSED))
    if mine.update(state=State.REFUSED, reason=reason):
        row.state, row.reason = State.REFUSED, reason
        hooks.transfer_refused.send(sender=Transfer, transfer=row)


def give_up_the_old() -> None:
    """Give up what did not arrive in 7 days."""
    old = Transfer.objects.filter(incoming=False, state__in=(State.MOVING, State.PAUSED))
    for row in old.filter(created_at__lt=timezone.now() - LIFETIME).select_related("peer"):
        refused(row, TOO_OLD)


def close(row: Transfer, wish: Wish) -> None:
    """End an incoming transfer: complete, or refused for good."""
    state = State.DONE if wish is Wish.COMPLETE else State.REFUSED
    Transfer.objects.filter(pk=row.pk, incoming=True).update(state=state, reason=wish.value if wish in FINAL else "")
