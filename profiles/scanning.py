"""The QR code of a safety number, found in a photo of the other's screen."""

import zxingcpp

from peers.protocol.safety import QR_PREFIX
from profiles.errors import NoCode
from profiles.pictures import to_read


def code_in(photo: bytes) -> str:
    """Return what the code of a safety number in a photo holds. Raises `NoCode`, `BadPicture`."""
    found = zxingcpp.read_barcodes(to_read(photo), formats=zxingcpp.BarcodeFormat.QRCode)
    for code in found:
        if code.text.startswith(QR_PREFIX):
            return code.text
    raise NoCode
