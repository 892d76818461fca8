"""Pictures of people: made anew by this node, whoever they come from, so that nothing but pixels gets through."""

import io

from PIL import Image, ImageOps

from peers.protocol.profile import MAX_PICTURE
from profiles.errors import BadPicture, PictureTooLarge

SIDE = 320
QUALITIES = (88, 80, 70, 55)
FORMATS = ("JPEG", "PNG", "WEBP")
# A photo of a telephone; 20,000 x 20,000 pixels fit into a small file.
MOST_PIXELS = 24_000_000
# What others may send is small, so that decoding it costs milliseconds.
THEIR_SIDE = 512
CLASSIC_SIDE, MOST_SCANS = 2048, 12
# A code is found in a photo of this size, and decoding it costs milliseconds.
CODE_SIDE = 1600
START_OF_SCAN = b"\xff\xda"

# Pillow's own guard, for whatever else opens an image here.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def our_picture(data: bytes) -> bytes:
    """Return a photo that the member chose as a square JPEG without metadata. Raises `BadPicture`."""
    return _encode(_square(_open(data, FORMATS, MOST_PIXELS)))


def their_picture(data: bytes) -> bytes:
    """Return a picture that another node sent, encoded anew. Raises `BadPicture`.

    Only JPEG with one scan: a progressive one can make the decoder pass over all pixels for every few bytes. Within
    the pixels of a JPEG these two bytes cannot occur, for 0xff is followed by zero there.
    """
    if data.count(START_OF_SCAN) != 1:
        raise BadPicture
    return _encode(_square(_open(data, ("JPEG",), THEIR_SIDE * THEIR_SIDE)))


def to_read(data: bytes) -> Image.Image:
    """Return a photo in shades of grey, large enough to find a code in it. Raises `BadPicture`."""
    image = ImageOps.exif_transpose(_open(data, FORMATS, MOST_PIXELS, CODE_SIDE)).convert("L")
    image.thumbnail((CODE_SIDE, CODE_SIDE))
    return image


def classic_picture(data: bytes) -> bytes:
    """Return a picture that lies on an older node, encoded anew. Raises `BadPicture`.

    Those are whatever their people found; a progressive JPEG may have as many scans as honest ones have.
    """
    if data.count(START_OF_SCAN) > MOST_SCANS:
        raise BadPicture
    return _encode(_square(_open(data, FORMATS, CLASSIC_SIDE * CLASSIC_SIDE)))


def _open(data: bytes, formats: tuple[str, ...], most: int, side: int = SIDE) -> Image.Image:
    """Return an image whose size was judged before any pixel was decoded."""
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
        if image.width * image.height > most:
            raise PictureTooLarge
        image.draft("RGB", (side, side))
        image.load()
    except BadPicture:
        raise
    except Image.DecompressionBombError as err:
        raise PictureTooLarge from err
    except Exception as err:
        # Pillow's decoders raise whatever their format's errors are.
        raise BadPicture from err
    return image


def _square(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("RGBA", "LA", "PA", "P"):
        upright = upright.convert("RGBA")
        white = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(white, upright)
    side = min(SIDE, *upright.size)
    return ImageOps.fit(upright.convert("RGB"), (side, side))


def _encode(image: Image.Image) -> bytes:
    """Return a baseline JPEG of these pixels alone that the protocol's limit allows."""
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    for quality in QUALITIES:
        out = io.BytesIO()
        bare.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= MAX_PICTURE:
            return out.getvalue()
    raise BadPicture
