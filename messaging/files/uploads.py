"""From the browser to its own node: begun, filled chunk by chunk, finished. Every step may be repeated."""

import hashlib
import hmac

from django.db import transaction

from messaging.files import kinds, limits, names, photos, previews, vault
from messaging.files.errors import (
    Damaged,
    EmptyForClassic,
    FileTooLarge,
    NoRoom,
    NoSuchFile,
    NotWhole,
    OtherFile,
    TooLargeForClassic,
    TooManyFiles,
    WrongChunk,
)
from messaging.files.models import Attachment
from messaging.payloads import MAX_FILES
from messaging.recipients import recipient
from peers import room
from peers.blobs import store
from peers.blobs.have import holds
from peers.classic import base64
from peers.models import Blob, KnownPerson
from peers.protocol import chunk
from peers.protocol.errors import Malformed

State = Attachment.State
# Files of one tray that wait to be sent, with some that were sent just now.
MOST_WAITING = 2 * MAX_FILES


def begin(person: KnownPerson, name: str, size: int, media_type: str = "", original: bool = False) -> Attachment:
    """Open the tray for one file to a person. Raises `FileError` or `CannotWriteTo`, before a byte is sent."""
    to = recipient(person.pk)
    to.check()
    if to.classic:
        check_classic(size)
    if size > room.limit():
        raise FileTooLarge(size, room.limit())
    if size > (left := room.room()):
        raise NoRoom(size, left)
    limits.check(to, size)
    if waiting(person).count() >= MOST_WAITING:
        raise TooManyFiles
    with transaction.atomic():
        return Attachment.objects.create(
            person=person,
            mine=True,
            name=names.clean(name),
            media_type=media_type[:127] if media_type.isprintable() else "",
            size=size,
            blob=Blob.objects.create(size=size),
            state=State.UPLOADING,
            original=original,
        )


def check_classic(size: int) -> None:
    """Raise `FileError` for a file that the classic network does not carry."""
    if size > base64.LARGEST:
        raise TooLargeForClassic(size, base64.LARGEST)
    if not size:
        raise EmptyForClassic


def waiting(person: KnownPerson):  # noqa: ANN201
    """Return the files in the tray of a conversation."""
    return Attachment.objects.filter(person=person, mine=True, message=None)


def put(attachment: Attachment, first: int, body: bytes) -> None:
    """Take a few neighbouring chunks. The same ones again are harmless. Raises `FileError`."""
    if attachment.blob is None:
        raise NoSuchFile
    try:
        parts = dict(enumerate(chunk.split(attachment.size, first, body, around=0), first))
    except Malformed as err:
        raise WrongChunk from err
    for index in [index for index in parts if holds(bytes(attachment.blob.have), index)]:
        _check_same(attachment, index, parts.pop(index))
    if not parts:
        return
    if attachment.state != State.UPLOADING:
        raise OtherFile
    if room.room() < len(body):
        raise NoRoom(attachment.size, room.room())
    vault.put_all(attachment, parts)


def _check_same(attachment: Attachment, index: int, plaintext: memoryview) -> None:
    held = hashlib.sha256(vault.get(attachment, index)).digest()
    if not hmac.compare_digest(held, hashlib.sha256(plaintext).digest()):
        raise OtherFile


def finish(attachment: Attachment, sha256: bytes | None = None) -> Attachment:
    """Close a file that is wholly here, and make it ready to be sent. Raises `NotWhole` or `Damaged`."""
    if attachment.blob is None:
        raise NoSuchFile
    with store.claim(attachment.blob.pk, -1):
        fresh = Attachment.objects.select_related("blob").get(pk=attachment.pk)
        return _finish(fresh, sha256) if fresh.state == State.UPLOADING else fresh


def _finish(attachment: Attachment, sha256: bytes | None) -> Attachment:
    if not store.is_whole(attachment.blob):
        raise NotWhole
    found = vault.hashes.finish(attachment)
    if sha256 is not None and found != sha256:
        drop(attachment)
        raise Damaged
    sniffed = kinds.sniff(vault.head(attachment, kinds.HEAD), attachment.media_type)
    attachment.sha256, attachment.kind, attachment.sniffed = found, sniffed.kind, sniffed.media_type
    attachment.state = State.READY
    data, small = None, None
    if sniffed.is_photo and not attachment.original:
        data, small = photos.strip(attachment) or (None, None)
    with transaction.atomic():
        attachment.save(update_fields=["sha256", "kind", "sniffed", "size", "key", "blob", "state"])
    previews.show(attachment, data, small)
    return attachment


@transaction.atomic
def drop(attachment: Attachment) -> None:
    """Throw away a file that was not sent."""
    Attachment.objects.filter(pk=attachment.pk, message=None).delete()
