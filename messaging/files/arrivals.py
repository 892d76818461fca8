"""What the post office tells us of files: chunks that came, files that are whole, and what became of ours."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.dispatch import receiver
from django.utils import timezone

from messaging.bodies import body_of
from messaging.files import kinds, owed, previews, vault
from messaging.files.models import Attachment
from messaging.files.refusals import reason_of
from messaging.models import Message
from messaging.payloads import (
    FILE_GONE,
    FILE_RECEIPT,
    FILE_REFUSED,
    FileGone,
    FileOffer,
    FileReceipt,
    FileRefused,
)
from peers import events, hooks, outbox
from peers.blobs import hooks as blob_hooks
from peers.blobs import transfers
from peers.models import Blob, PeerDevice, Transfer
from peers.own import own_device
from peers.prepared import Select
from peers.protocol import chunk
from peers.protocol.codec import encode
from peers.protocol.errors import CannotOpen
from peers.protocol.payload import Payload
from peers.protocol.transfer import FINAL, Wish

State = Attachment.State
# A page is told of progress at most so often, a file.
EVERY = 0.25
KEYS_KEPT = 256
_shown = Select(lambda blob: Attachment.objects.filter(blob=blob, message__isnull=False), Attachment.blob)
_keys: "OrderedDict[str, bytes]" = OrderedDict()
_told: dict[int, float] = {}


def expect(peer: PeerDevice, message: Message, files: Sequence[FileOffer]) -> None:
    """Note the files of a message that arrived, and agree to each or refuse it. Raises `hooks.Refused`."""
    for place, offer in enumerate(files):
        _check_new(peer, offer)
        blob = Blob.objects.create(size=offer.size)
        transfer = transfers.expect(blob, peer, offer.transfer_id)
        is_wanted = transfer.state == Transfer.State.MOVING
        Attachment.objects.create(
            message=message,
            person_id=peer.person_id,
            mine=False,
            place=place,
            name=offer.name,
            media_type=offer.media_type,
            size=offer.size,
            sha256=offer.sha256,
            key=offer.key,
            transfer_id=offer.transfer_id,
            blob=blob,
            state=State.ARRIVING if is_wanted else State.FAILED,
            reason="" if is_wanted else reason_of(transfer.reason, ours=False),
        )
        if not is_wanted:
            owed.owe(transfer, Wish(transfer.reason))


def _check_new(peer: PeerDevice, offer: FileOffer) -> None:
    if "\0" in offer.name or "\0" in offer.media_type:
        raise hooks.Refused("a name that cannot be shown")
    if Transfer.objects.filter(transfer_id=offer.transfer_id, peer=peer, incoming=True).exists():
        raise hooks.Refused("a transfer that is taken")


def expect_again(peer: PeerDevice, message: Message) -> None:
    """A message came once more: judge again what was refused by our limits, which may have changed."""
    for row in message.attachments.filter(state=State.FAILED, blob__isnull=False).select_related("blob"):
        rows = Transfer.objects.filter(transfer_id=row.transfer_id, peer=peer, incoming=True)
        if rows.filter(reason__in=(Wish.QUOTA.value, Wish.TOO_LARGE.value)).delete()[0]:
            transfer = transfers.expect(row.blob, peer, bytes(row.transfer_id))
            if transfer.state == Transfer.State.MOVING:
                row.state, row.reason = State.ARRIVING, ""
                row.save(update_fields=["state", "reason"])


@blob_hooks.checks_chunks
def check(blob: Blob, chunks: Mapping[int, bytes | memoryview]) -> Callable[[Sequence[int]], None]:
    """Open chunks that came, which proves them, and hash them once they are stored. Raises `CannotOpen`."""
    key = _key_of(blob)
    plain = {
        index: chunk.open_chunk(key, index, vault.is_last(blob.size, index), part) for index, part in chunks.items()
    }
    return lambda new: vault.hashes.add(blob, {index: plain[index] for index in new})


def _key_of(blob: Blob) -> bytes:
    """Return the key of a blob, from memory while its chunks are coming."""
    key = _keys.get(blob.name)
    if key is None:
        found = Attachment.objects.filter(blob=blob).values_list("key", flat=True).first()
        if found is None:
            raise CannotOpen("nobody has a key to this")
        key = _keys[blob.name] = bytes(found)
        while len(_keys) > KEYS_KEPT:
            _keys.popitem(last=False)
    return key


@receiver(blob_hooks.blob_arrived)
def verify(transfer: Transfer, **_: Any) -> None:
    """Compare a whole file with what was announced, show it, and give the sender our word on it."""
    row = Attachment.objects.select_related("blob", "message__conversation").filter(blob=transfer.blob).first()
    if row is None or row.message is None:
        return
    if vault.hashes.finish(row) != bytes(row.sha256):
        _throw_away(row, transfer)
        return
    sniffed = kinds.sniff(vault.head(row, kinds.HEAD), row.media_type)
    row.kind, row.sniffed, row.state = sniffed.kind, sniffed.media_type, State.READY
    previews.show(row)
    own, receipt = own_device(), FileReceipt(bytes(row.transfer_id), bytes(row.sha256))
    with transaction.atomic():
        wire_id = bytes(row.message.conversation.wire_id)
        outbox.enqueue(own, transfer.peer, FILE_RECEIPT, wire_id, encode(receipt))
        row.save(update_fields=["kind", "sniffed", "state"])
        transfers.close(transfer, Wish.COMPLETE)
        _publish(row)


@transaction.atomic
def _throw_away(row: Attachment, transfer: Transfer) -> None:
    row.state, row.reason = State.FAILED, reason_of(Wish.DAMAGED.value, ours=False)
    row.save(update_fields=["state", "reason"])
    transfers.close(transfer, Wish.DAMAGED)
    owed.owe(transfer, Wish.DAMAGED)
    row.blob.delete()
    _publish(row)


def _publish(row: Attachment) -> None:
    if row.message_id:
        events.publish("states", person=str(row.person_id), ids=[row.message_id])


@hooks.handles(FILE_RECEIPT)
def note_receipt(peer: PeerDevice, payload: Payload) -> None:
    """A file of ours is wholly there: with the last one, the message is delivered."""
    receipt = body_of(FileReceipt, payload)
    row = _of(peer, receipt.transfer_id, mine=True)
    if row is None:
        return  # removed here, or lost with an older backup
    if receipt.sha256 != bytes(row.sha256):
        raise hooks.Refused("another file")
    transfers.done(receipt.transfer_id, peer)
    now = timezone.now()
    if not Attachment.objects.filter(pk=row.pk, receipted_at=None).update(receipted_at=now):
        return
    Message.objects.filter(pk=row.message_id, files_due__gt=0).update(files_due=F("files_due") - 1)
    arrived = Message.objects.filter(pk=row.message_id, files_due=0)
    before = (Message.State.WAITING, Message.State.FAILED)
    arrived.filter(state__in=before, read_at=None).update(state=Message.State.DELIVERED, reason="", delivered_at=now)
    arrived.filter(state__in=before).update(state=Message.State.READ, reason="", delivered_at=now)
    _publish(row)


@hooks.handles(FILE_REFUSED)
def note_refusal(peer: PeerDevice, payload: Payload) -> None:
    """Their node will not have a file of ours."""
    refused = body_of(FileRefused, payload)
    if refused.wish not in FINAL:
        raise hooks.Refused("no reason")
    rows = Transfer.objects.filter(transfer_id=refused.transfer_id, peer=peer, incoming=False)
    for row in rows.select_related("peer"):
        transfers.refused(row, refused.wish.value)


@hooks.handles(FILE_GONE)
def note_gone(peer: PeerDevice, payload: Payload) -> None:
    """The sender took a file back before we had all of it."""
    row = _of(peer, body_of(FileGone, payload).transfer_id, mine=False)
    if row is None or row.state != State.ARRIVING:
        return
    row.state, row.reason = State.FAILED, reason_of(Wish.GONE.value, ours=False)
    row.save(update_fields=["state", "reason"])
    transfers.stop(bytes(row.transfer_id))
    row.blob.delete()
    _publish(row)


def _of(peer: PeerDevice, transfer_id: bytes, mine: bool) -> Attachment | None:
    rows = Attachment.objects.filter(transfer_id=transfer_id, mine=mine, person=peer.person_id, message__isnull=False)
    return rows.select_related("blob").first()


@receiver(blob_hooks.transfer_refused)
def fail(transfer: Transfer, **_: Any) -> None:
    """Show why a file of ours will not arrive; its message has failed with it."""
    row = Attachment.objects.filter(transfer_id=transfer.transfer_id, mine=True).select_related("message").first()
    if row is None or row.message is None or row.receipted_at is not None:
        return
    others = Transfer.objects.filter(transfer_id=transfer.transfer_id, incoming=False).exclude(pk=transfer.pk)
    if others.exclude(state__in=(Transfer.State.REFUSED, Transfer.State.STOPPED)).exists():
        return  # another of their devices may still take it
    waiting = Message.objects.filter(pk=row.message_id, state=Message.State.WAITING)
    waiting.update(state=Message.State.FAILED, reason=reason_of(transfer.reason, ours=True))
    _publish(row)


@receiver(blob_hooks.transfer_moved)
def tell(transfer: Transfer, held: int, **_: Any) -> None:
    """Tell the pages how far a file is, now and then."""
    now = time.monotonic()
    if transfer.blob_id is None or now - _told.get(transfer.blob_id, 0.0) < EVERY:
        return
    _told[transfer.blob_id] = now
    while len(_told) > KEYS_KEPT:
        del _told[next(iter(_told))]
    row = _shown.first(transfer.blob_id)
    if row is not None:
        done = min(row.size, held * chunk.CHUNK)
        events.publish(
            "progress", person=str(row.person_id), file=str(row.pk), done=done, size=row.size, reason=transfer.reason
        )
