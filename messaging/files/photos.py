"""Photos go without what the camera wrote beside the pixels, unless the member wants to send all of it."""

from django.db import transaction

from messaging.files import names, pictures, vault
from messaging.files.models import Attachment
from peers.models import Blob
from peers.protocol import chunk

State, Kind = Attachment.State, Attachment.Kind


def strip(attachment: Attachment) -> tuple[bytes, pictures.Picture | None] | None:
    """Replace a photo by itself without place, time and device, and return its bytes and its small picture.

    One that cannot be decoded, and so may tell what nobody sees, waits until the member says that it may go as it is.
    """
    if attachment.size > pictures.LARGEST:
        attachment.state = State.ASKING
        return None
    data = vault.whole(attachment)
    try:
        clean, small = pictures.photo(data)
    except pictures.NoPicture:
        attachment.state = State.ASKING
        return None
    if clean != data:
        _replace(attachment, clean)
    return clean, small


def _replace(attachment: Attachment, clean: bytes) -> None:
    old = attachment.blob
    # Another key: under one key a chunk is sealed once.
    attachment.key, attachment.size = chunk.new_key(), len(clean)
    attachment.blob = Blob.objects.create(size=len(clean))
    for index in range(attachment.chunks):
        vault.put(attachment, index, clean[index * chunk.CHUNK :][: chunk.CHUNK])
    attachment.blob.refresh_from_db()
    attachment.sha256 = vault.hashes.finish(attachment)
    if attachment.sniffed == "image/heic":
        # A JPEG now, which every computer shows.
        attachment.name, attachment.media_type = names.with_ending(attachment.name, "jpg"), "image/jpeg"
        attachment.sniffed = "image/jpeg"
    attachment.save()
    old.delete()


@transaction.atomic
def send_as_it_is(attachment: Attachment) -> None:
    """The member has read that this photo may tell more than one sees, and sends it all the same."""
    asking = Attachment.objects.filter(pk=attachment.pk, state=State.ASKING, message=None)
    asking.update(state=State.READY, original=True)
