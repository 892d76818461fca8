"""Pictures and pages are decoded in a process of their own, with limits and no files: decoders have had many holes."""

import subprocess
import sys
from dataclasses import dataclass

import msgspec

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


def _picture(made: bytes) -> Picture:
    return Picture(*msgspec.msgpack.decode(made, type=tuple[int, int, bytes]))


def stripped(data: bytes) -> bytes:
    """Return a photo without what the camera wrote beside the pixels: place, time, device. Raises `NoPicture`."""
    return _decoder("strip", data)


def command(task: str) -> list[str]:
    """Return how the decoder is started: isolated, so that it can find no module of ours."""
    from messaging.files import decoder

    return [sys.executable, "-I", decoder.__file__, task]


def _decoder(task: str, data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise NoPicture
    try:
        done = subprocess.run(  # noqa: S603
            command(task),
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
