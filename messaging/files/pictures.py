"""Pictures and pages are decoded in a process of their own, with limits and no files: decoders have had many holes."""

import struct
import subprocess
import sys
from dataclasses import dataclass

from messaging.files import kinds

# Photos and scans are smaller. A larger picture is sent and saved, but not shown.
LARGEST = 64 * 1024 * 1024
SECONDS = 10


class NoPicture(Exception):
    """This is not a picture that can be shown: broken, too large, or not one of the kinds that we show."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture, as WebP."""

    width: int
    height: int
    body: bytes


def preview(data: bytes) -> Picture:
    """Return a small picture made anew from the pixels of another. Raises `NoPicture`."""
    return _picture(_decoder("preview", data))


def page_one(data: bytes) -> Picture:
    """Return a small picture of the first page of a PDF. Raises `NoPicture`."""
    return _picture(_decoder("page", data))


def photo(data: bytes) -> tuple[bytes, Picture | None]:
    """Return a photo without what the camera wrote beside the pixels, which is place, time and device, and a small one.

    Raises `NoPicture`.
    """
    made = _decoder("photo", data)
    try:
        (length,) = struct.unpack_from(">Q", made)
    except struct.error as err:
        raise NoPicture from err
    clean, small = made[8 : 8 + length], made[8 + length :]
    if not clean or len(clean) != length:
        raise NoPicture
    return clean, _picture(small) if small else None


def _picture(made: bytes) -> Picture:
    try:
        width, height = struct.unpack_from(">II", made)
    except struct.error as err:
        raise NoPicture from err
    return Picture(width, height, made[8:])


def command(task: str, data: bytes) -> list[str]:
    """Return how the decoder is started: isolated, so that it can find no module of ours."""
    from messaging.files import decoder

    heif = ["heif"] if kinds.sniff(data[: kinds.HEAD]).media_type == "image/heic" else []
    return [sys.executable, "-I", decoder.__file__, task, *heif]


def _decoder(task: str, data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise NoPicture
    try:
        done = subprocess.run(  # noqa: S603
            command(task, data),
            input=data,
            capture_output=True,
            # Nor can it find the database's key.
            env={},
            cwd="/" if sys.platform != "win32" else None,
            timeout=SECONDS,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as err:
        raise NoPicture from err
    if done.returncode or not done.stdout:
        raise NoPicture
    return done.stdout
