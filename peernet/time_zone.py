"""The time zone that this computer is set to."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LINK = Path("/etc/localtime")
FOLDER = "zoneinfo/"


def local_zone() -> str:
    """Return the IANA name of this computer's zone: from TZ, or where Linux and macOS keep it; else UTC."""
    name = os.environ.get("TZ", "").removeprefix(":") or str(LINK.resolve()).rpartition(FOLDER)[2]
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name
