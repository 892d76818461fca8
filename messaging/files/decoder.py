"""Run as a script, apart from everything: a file on standard input, what was made of it on standard output."""

import contextlib
import importlib
import io
import struct
import sys
import time

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF"]
MEMORY = 1024**3
CPU_SECONDS = 8
MOST_PIXELS = 64_000_000
EDGE = 1600
# A page is drawn as large as it is read on a screen, however small its author's paper.
PAGE_EDGE, MOST_SCALE = 1000, 4.0
# What moves is shown small, and as far as a moment's work goes; it rests after as many milliseconds.
MOVING = ("GIF", "WEBP", "PNG", "AVIF")
MOVING_EDGE, MOST_FRAMES, MOVING_SECONDS, RESTS_AFTER = 480, 120, 3.0, 5000
# What a photo carries with it that is neither place, time nor device: how its colours are meant.
KEPT = ("icc_profile",)
# What a moving picture may not carry, for it is sent as it is.
TELLING = ("exif", "xmp", "XML:com.adobe.xmp", "comment")
# Whatever is read from the disk is read before the first byte of a stranger's file is looked at.
PILLOW = ("Jpeg", "Mpo", "Png", "WebP", "Avif", "Gif", "Tiff")
NEEDED = (
    "copy",
    "PIL.ImageColor",
    "PIL.ImageOps",
    "PIL.ImagePalette",
    "encodings.latin_1",
    *(f"PIL.{name}ImagePlugin" for name in PILLOW),
)


def limit() -> None:
    """Take from this process what a decoder does not need: memory and time without end, files and connections."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # From here on nothing can be opened any more: no file, no library, no connection.
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def load(task: str, heif: bool = False) -> None:
    """Import what the task needs, while files can still be opened: most of a start is imports."""
    for name in NEEDED:
        importlib.import_module(name)
    importlib.import_module("PIL.Image").preinit()
    if heif:
        with contextlib.suppress(ImportError):
            import pi_heif

            pi_heif.register_heif_opener()
            FORMATS.append("HEIF")
    if task == "page":
        importlib.import_module("pypdfium2")


def opened(data: bytes):  # noqa: ANN201
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise ValueError("too many pixels")
    return image


def preview(data: bytes) -> bytes:
    """Return a small picture of a picture, as `_made` packs it."""
    from PIL import ImageOps

    image = opened(data)
    if getattr(image, "n_frames", 1) > 1 and image.format in MOVING:
        return _moving(image)
    # A JPEG is read no larger than is needed for the size that it will have.
    largest = max(*image.size, EDGE)
    image.draft("RGB", (image.width * EDGE // largest, image.height * EDGE // largest))
    image = ImageOps.exif_transpose(image)
    image.thumbnail((EDGE, EDGE))
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return _small(image.convert("RGBA" if has_alpha else "RGB"))


def _moving(image) -> bytes:  # noqa: ANN001
    """Return a small moving picture that comes to rest after some seconds: what moves on and on distracts readers."""
    frames, durations = [], []
    for place in range(min(image.n_frames, MOST_FRAMES)):
        image.seek(place)
        frame = image.convert("RGBA")
        frame.thumbnail((MOVING_EDGE, MOVING_EDGE))
        frames.append(frame)
        durations.append(max(20, int(image.info.get("duration") or 100)))
        if time.process_time() > MOVING_SECONDS:
            break
    made, first = io.BytesIO(), frames[0]
    rounds = max(1, RESTS_AFTER // sum(durations))
    first.save(made, "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=rounds, method=1)
    return _made(first, made)


def page(data: bytes) -> bytes:
    """Return a small picture of the first page of a PDF, as `_made` packs it."""
    import pypdfium2

    first = pypdfium2.PdfDocument(data)[0]
    scale = min(PAGE_EDGE / max(first.get_size()), MOST_SCALE)
    return _small(first.render(scale=scale).to_pil().convert("RGB"))


def _small(image) -> bytes:  # noqa: ANN001
    made = io.BytesIO()
    image.save(made, "WEBP", quality=80, method=1)
    return _made(image, made)


def _made(image, webp: io.BytesIO) -> bytes:  # noqa: ANN001
    return struct.pack(">II", image.width, image.height) + webp.getvalue()


def strip(data: bytes) -> bytes:
    """Return a photo without what the camera wrote beside the pixels. One of a phone's own kind becomes a JPEG."""
    from PIL import ImageOps

    image = opened(data)
    form, kept = image.format, {name: image.info[name] for name in KEPT if name in image.info}
    if getattr(image, "n_frames", 1) > 1 and form in MOVING:
        return _as_it_is(image, data)
    turned = ImageOps.exif_transpose(image)
    # Saved with the tables it came with, a photo loses nothing; turned upright, it is encoded anew.
    how = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"quality": 95}, "AVIF": {"quality": 90}}.get(form, {})
    if form == "JPEG" and image.getexif().get(0x0112, 1) == 1:
        turned, how = image, {"quality": "keep"}
    if form in ("HEIF", "MPO"):
        form, turned, how = "JPEG", turned.convert("RGB"), {"quality": 95, "subsampling": 0}
    turned.info.clear()
    made = io.BytesIO()
    turned.save(made, form, exif=b"", **how, **kept)
    return made.getvalue()


def _as_it_is(image, data: bytes) -> bytes:  # noqa: ANN001
    if any(image.info.get(name) for name in TELLING) or dict(image.getexif()):
        raise ValueError("animated, and it tells more than its pixels")
    return data


def photo(data: bytes) -> bytes:
    """Return a photo as `strip` makes it, behind its length, and then its small picture, if there is time for one."""
    clean, small = strip(data), b""
    if time.process_time() < CPU_SECONDS / 2:
        with contextlib.suppress(Exception):
            small = preview(clean)
    return struct.pack(">Q", len(clean)) + clean + small


TASKS = {"preview": preview, "page": page, "photo": photo}

if __name__ == "__main__":
    task = sys.argv[1]
    load(task, heif="heif" in sys.argv[2:])
    limit()
    sys.stdout.buffer.write(TASKS[task](sys.stdin.buffer.read()))
