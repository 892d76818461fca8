"""The small picture that stands for a file: made anew from its pixels, and kept in the encrypted database."""

import contextlib

from messaging.files import pictures, vault
from messaging.files.models import Attachment, Preview

Kind = Attachment.Kind
MADE_BY = {Kind.IMAGE: pictures.preview, Kind.PDF: pictures.page_one}


def show(attachment: Attachment, data: bytes | None = None, small: pictures.Picture | None = None) -> None:
    """Make the small picture of a file, if it is one of the kinds that have one and can be decoded.

    `data` are its bytes and `small` is that picture, where the caller has them already.
    """
    make = MADE_BY.get(attachment.kind)
    if make is None or attachment.size > pictures.LARGEST:
        return
    with contextlib.suppress(pictures.NoPicture):
        keep(attachment, small or make(data if data is not None else vault.whole(attachment)))


def keep(attachment: Attachment, made: pictures.Picture) -> None:
    """Store the picture of a file."""
    Preview.objects.update_or_create(
        attachment=attachment, defaults={"width": made.width, "height": made.height, "body": made.body}
    )
