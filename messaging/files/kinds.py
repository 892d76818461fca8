"""What a file is, by its first bytes. What its sender or its name says is never trusted."""

from dataclasses import dataclass

import filetype

from messaging.files.models import Attachment

Kind = Attachment.Kind
# As much as the sniffer looks at.
HEAD = 8192
IMAGES = {"image/jpeg", "image/png", "image/apng", "image/webp", "image/avif", "image/gif", "image/heic"}
# Those that every browser of today shows itself.
SHOWN = IMAGES - {"image/heic"}
# Pictures in which no camera writes.
DRAWN = {"image/x-icon", "image/vnd.adobe.photoshop", "image/vnd.dwg", "image/bmp", "image/x-xcf"}
# What browsers play themselves. Anything else is a download.
AUDIO = {"audio/mpeg", "audio/ogg", "audio/x-wav", "audio/mp4", "audio/x-flac", "audio/aac"}
VIDEO = {"video/mp4", "video/webm"}
PLAYED_AS = {"audio/x-wav": "audio/wav", "audio/x-flac": "audio/flac"}
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Sniffed:
    """How a file is shown, and under which type it is played."""

    kind: Attachment.Kind
    media_type: str
    # Whether a camera may have written place and time into it, also where it is not shown.
    is_photo: bool = False


def sniff(head: bytes, said: str = "") -> Sniffed:
    """Return what the first bytes of a file say.

    What its sender said decides one thing: whether what may hold pictures as well is played as sound only.
    """
    guess = filetype.guess(head)
    mime = guess.mime if guess else ""
    if mime in IMAGES:
        return Sniffed(Kind.IMAGE, mime, is_photo=True)
    if mime in AUDIO:
        return Sniffed(Kind.AUDIO, PLAYED_AS.get(mime, mime))
    if mime in VIDEO and said.startswith("audio/"):
        return Sniffed(Kind.AUDIO, mime.replace("video/", "audio/"))
    if mime in VIDEO:
        return Sniffed(Kind.VIDEO, mime)
    if mime == PDF:
        return Sniffed(Kind.PDF, mime)
    if mime.startswith("image/") and mime not in DRAWN:
        return Sniffed(Kind.OTHER, "application/octet-stream", is_photo=True)
    if not mime and _is_text(head):
        return Sniffed(Kind.TEXT, "text/plain")
    return Sniffed(Kind.OTHER, "application/octet-stream")


def _is_text(head: bytes) -> bool:
    if not head or b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as err:
        # A character that the end of the sample cut in two is no sign of anything.
        return err.start >= len(head) - 3
    return True
