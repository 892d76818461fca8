"""A file as the text that travels: base64, read with line breaks and written without."""

import base64
import binascii

from peers.classic.codes import ClassicError, Code

LARGEST = 5 * 1024 * 1024
BREAKS = str.maketrans("", "", " \t\r\n")


def write(data: bytes) -> str:
    """Return a file as one line: a 2017 node counts the text."""
    return base64.b64encode(data).decode()


def read(text: str) -> bytes:
    """Return the file in a text, missing padding forgiven. Raises `ClassicError`: 1 for no base64, 6 for too much."""
    bare = text.translate(BREAKS).rstrip("=")
    if len(bare) * 3 // 4 > LARGEST:
        raise ClassicError(Code.TOO_LARGE)
    try:
        data = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError) as err:
        raise ClassicError(Code.MISSING_FIELD, "file") from err
    if not data:
        raise ClassicError(Code.MISSING_FIELD, "file")
    return data
