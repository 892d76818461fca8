"""Sizes as people read them."""

UNITS = ("bytes", "KB", "MB", "GB", "TB")


def size_text(size: int) -> str:
    """Return a number of bytes in the unit that suits it: 1 KB is 1,000 bytes, as file managers count."""
    if size == 1:
        return "1 byte"
    value, unit = float(size), 0
    while value >= 999.5 and unit + 1 < len(UNITS):
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {UNITS[unit]}" if unit == 0 or value >= 99.95 else f"{value:.1f} {UNITS[unit]}"
