"""QR codes, drawn into the page itself."""

from django.utils.safestring import SafeString, mark_safe


def qr(text: str, scale: int | None = None) -> SafeString:
    """Return an SVG of a QR code, as large as the page makes it or with `scale` pixels a square."""
    # Here: codes are drawn on the first day, and when somebody compares.
    import segno

    size = {"scale": scale} if scale else {"omitsize": True}
    image = segno.make(text, micro=False).svg_inline(svgclass="qr", border=3, title="Code to scan", **size)
    # segno drew this; it holds nothing a person typed but as dark squares.
    return mark_safe(image)  # noqa: S308
