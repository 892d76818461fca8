"""Run as a script, apart from everything: a picture on standard input, what was made of it on standard output."""

import contextlib
import io
import sys

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF"]
MEMORY = 1024**3
CPU_SECONDS = 8
MOST_PIXELS = 64_000_000
EDGE = 1600
# What a photo carries with it that is neither place, time nor device: how its colours are meant.
KEPT = ("icc_profile",)


def limit() -> None:
    """Take from this process what a decoder does not need: memory, time, files and other processes."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def opened(data: bytes):  # noqa: ANN201
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    image = Image.open(io.BytesIO(data), formats=[*FORMATS, *_heif()])
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise ValueError("too many pixels")
    return image


def _heif() -> list[str]:
    try:
        import pi_heif
    except ImportError:
        return []
    pi_heif.register_heif_opener()
    return ["HEIF"]


def preview(data: bytes) -> bytes:
    import msgspec
    from PIL import ImageOps

    image = opened(data)
    image.draft("RGB", (EDGE, EDGE))
    image = ImageOps.exif_transpose(image)
    image.thumbnail((EDGE, EDGE))
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    image = image.convert("RGBA" if has_alpha else "RGB")
    made = io.BytesIO()
    image.save(made, "WEBP", quality=80, method=2)
    return msgspec.msgpack.encode((image.width, image.height, made.getvalue()))


def strip(data: bytes) -> bytes:
    from PIL import ImageOps

    image = opened(data)
    form, kept = image.format, {name: image.info[name] for name in KEPT if name in image.info}
    if getattr(image, "n_frames", 1) > 1:
        raise ValueError("animated")
    turned = ImageOps.exif_transpose(image)
    # Saved with the tables it came with, a photo loses nothing; turned upright, it is encoded anew.
    how = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"quality": 95}, "AVIF": {"quality": 90}}.get(form, {})
    if form == "JPEG" and image.getexif().get(0x0112, 1) == 1:
        turned, how = image, {"quality": "keep"}
    turned.info.clear()
    made = io.BytesIO()
    turned.save(made, form, exif=b"", **how, **kept)
    return made.getvalue()


if __name__ == "__main__":
    limit()
    sys.stdout.buffer.write({"preview": preview, "strip": strip}[sys.argv[1]](sys.stdin.buffer.read()))
