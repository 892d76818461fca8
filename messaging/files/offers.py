"""Files as parts of messages: chosen from the tray, offered, and taken back."""

import uuid
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from messaging.files import owed
from messaging.files.errors import NoSuchFile, NotStripped, NotWhole, TooManyFiles
from messaging.files.models import Attachment
from messaging.models import Message
from messaging.payloads import FILE_GONE, MAX_FILES, ChatMessage, FileGone, FileOffer
from peers import events, outbox
from peers.blobs import transfers
from peers.models import PeerDevice, Transfer
from peers.own import own_device
from peers.protocol.codec import encode
from peers.protocol.transfer import Wish

State = Attachment.State


def chosen(person: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[Attachment]:
    """Return the files that a message will carry, in the order of the tray. Raises `FileError`."""
    if len(ids) > MAX_FILES:
        raise TooManyFiles
    found = Attachment.objects.in_bulk(list(ids))
    rows = [found[each] for each in dict.fromkeys(ids) if each in found]
    if len(rows) != len(ids) or any(not row.mine or row.message_id or row.person_id != person for row in rows):
        raise NoSuchFile
    if any(row.state == State.ASKING for row in rows):
        raise NotStripped
    if any(row.state != State.READY for row in rows):
        raise NotWhole
    return rows


def offered(files: Iterable[Attachment]) -> tuple[FileOffer, ...]:
    """Return how files are told to the recipient."""
    return tuple(
        FileOffer(bytes(row.transfer_id), row.name, row.media_type, row.size, bytes(row.sha256), bytes(row.key))
        for row in files
    )


def body_of(message: Message) -> bytes:
    """Return a message as it is sent, its files included."""
    files = message.attachments.all() if message.files else ()
    return encode(ChatMessage(message.text, offered(files)))


def attach(message: Message, files: Sequence[Attachment], devices: Sequence[PeerDevice]) -> None:
    """Make files part of a stored message, and offer them to the recipient's devices."""
    for place, row in enumerate(files):
        row.message, row.place = message, place
        transfers.offer(row.blob, devices, bytes(row.transfer_id))
    Attachment.objects.bulk_update(files, ["message", "place"])


def offer_again(message: Message, devices: Sequence[PeerDevice]) -> None:
    """Offer what a failed message still owes."""
    owed = message.attachments.filter(receipted_at=None).select_related("blob")
    for row in owed:
        if row.blob is None:
            raise NoSuchFile
        transfers.offer(row.blob, devices, bytes(row.transfer_id))


def begin(payload_ids: Iterable[bytes], peers: Iterable[int]) -> None:
    """Let the files of messages move, now that the recipient holds the messages."""
    rows = Attachment.objects.filter(mine=True, message__payload_id__in=list(payload_ids))
    ids = [bytes(each) for each in rows.values_list("transfer_id", flat=True)]
    if ids:
        transfers.begin(ids, peers)


def stop(message_pks: Iterable[int]) -> None:
    """Let no file of these messages move any more."""
    rows = Attachment.objects.filter(message__in=list(message_pks), message__files__gt=0)
    for transfer_id in rows.values_list("transfer_id", flat=True):
        transfers.stop(bytes(transfer_id))


@transaction.atomic
def pause(row: Attachment, is_paused: bool) -> None:
    """Let a file rest on its way, or go on."""
    transfers.pause(bytes(row.transfer_id), is_paused)
    events.publish("states", person=str(row.person_id), ids=[row.message_id])


def take_back(message: Message, devices: Sequence[PeerDevice]) -> bool:
    """Stop the files that a message still owes, tell the recipient, and say whether there were any."""
    owed = list(message.attachments.filter(receipted_at=None)) if message.files else []
    own, wire_id = own_device(), bytes(message.conversation.wire_id)
    for row in owed:
        transfers.stop(bytes(row.transfer_id))
        for device in devices:
            outbox.enqueue(own, device, FILE_GONE, wire_id, encode(FileGone(bytes(row.transfer_id))))
    return bool(owed)


@receiver(post_delete, sender=Attachment)
def forget(instance: Attachment, **_: object) -> None:
    """With a file's row goes its blob, and whoever still sends or fetches it hears that it is gone."""
    if instance.state == State.ARRIVING:
        rows = Transfer.objects.filter(transfer_id=instance.transfer_id, incoming=True, peer__pinned=True)
        for row in rows:
            # Whoever cannot dial us would offer it for a week.
            owed.owe(row, Wish.GONE)
    transfers.stop(bytes(instance.transfer_id))
    if instance.blob_id:
        instance.blob.delete()
