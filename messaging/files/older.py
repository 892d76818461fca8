"""Files of the classic network, in the same vault as all others. Who sent one, nobody proves."""

import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from messaging.files import kinds, names, previews, vault
from messaging.files.errors import NoName
from messaging.files.models import Attachment, Preview
from messaging.models import Message
from peers import events, room
from peers.classic.codes import ClassicError, Code
from peers.hooks import ClassicFile
from peers.models import Blob
from peers.protocol.chunk import CHUNK

State = Attachment.State


def keep(file: ClassicFile) -> Attachment:
    """Store the bytes of a file; its row comes with its message. Raises `ClassicError`, and then nothing is kept."""
    try:
        name = names.clean(file.name)
    except NoName as err:
        raise ClassicError(Code.MISSING_FIELD, "filename") from err
    size = len(file.data)
    # Whoever has a name for everything has as much room as one person.
    if held() + size > settings.PEERNET_PEER_QUOTA:
        raise ClassicError(Code.REFUSED, "the quota of the classic network")
    if size > min(room.room(), room.limit()):
        raise ClassicError(Code.DATABASE_ERROR, "no room")
    media_type = file.media_type if file.media_type.isprintable() else ""
    row = Attachment(mine=False, name=name, media_type=media_type, size=size, state=State.READY)
    row.blob = Blob.objects.create(size=size)
    try:
        for index in range(row.chunks):
            vault.put(row, index, file.data[index * CHUNK :][:CHUNK])
        row.sha256 = vault.hashes.finish(row)
    except Exception:
        row.blob.delete()
        raise
    sniffed = kinds.sniff(file.data[: kinds.HEAD])
    row.kind, row.sniffed = sniffed.kind, sniffed.media_type
    return row


def drop(row: Attachment) -> None:
    """Throw away bytes that no message followed."""
    if row.blob is not None:
        row.blob.delete()


def held() -> int:
    """Return how many bytes are held of all classic people together."""
    theirs = Attachment.objects.filter(mine=False, person__classic__isnull=False, blob__isnull=False)
    return theirs.aggregate(all=Sum("size"))["all"] or 0


def attach(row: Attachment, payload_id: bytes, message: Message, person: uuid.UUID) -> None:
    """Make a kept file part of its message, and show it once all is stored."""
    row.pk, row.message, row.person_id = uuid.UUID(bytes=payload_id), message, person
    row.save(force_insert=True)
    transaction.on_commit(lambda: show(row), robust=True)


def show(row: Attachment) -> None:
    """Make the small picture of a picture, and tell the pages."""
    previews.show(row)
    if Preview.objects.filter(pk=row.pk).exists():
        events.publish("states", person=str(row.person_id), ids=[row.message_id])


def file_of(payload_id: bytes) -> ClassicFile | None:
    """Return a file by the id of its letter, or None when its bytes are not here any more."""
    row = _row(payload_id)
    if row is None:
        return None
    try:
        return ClassicFile(row.name, row.media_type, vault.whole(row))
    except vault.Unreadable:
        return None


def _row(payload_id: bytes) -> Any:
    rows = Attachment.objects.filter(pk=uuid.UUID(bytes=payload_id), person__classic__isnull=False)
    return rows.filter(message__isnull=False, blob__isnull=False).select_related("blob").first()
