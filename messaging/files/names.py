"""Names of files come from others. They are kept as given, shown with nothing hidden, and saved under safe ones."""

import re
import unicodedata

from messaging.files.errors import NoName
from messaging.payloads import MAX_NAME

# Windows opens these as devices, whatever stands behind the dot.
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
# What a double click runs, on one system or another.
RISKY = re.compile(
    "app|appimage|bat|cmd|com|cpl|deb|desktop|dll|dmg|exe|hta|iso|jar|js|jse|lnk|msi|msix|pkg|ps1|py|reg|rpm|scr|sh|url"
    "|vbe|vbs|wsf",
    re.IGNORECASE,
)
FORBIDDEN = set('<>:"/\\|?*')
# Controls, formats (they turn the reading direction), surrogates, private use, line and paragraph separators.
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# A hidden character's place, made visible.
MARK = "�"


def clean(name: str) -> str:
    """Return a name as it is sent: its last part, cut to what fits with its ending kept. Raises `NoName`."""
    last = re.split(r"[/\\]", name)[-1]
    try:
        last.encode()
    except UnicodeEncodeError as err:
        raise NoName from err
    if not last.strip() or "\0" in last:
        raise NoName
    if len(last) <= MAX_NAME:
        return last
    stem, dot, ending = last.rpartition(".")
    if not dot or len(ending) > 16:
        return last[:MAX_NAME]
    return stem[: MAX_NAME - len(ending) - 1] + dot + ending


def with_ending(name: str, ending: str) -> str:
    """Return a name with another ending."""
    stem, dot, _ = name.rpartition(".")
    return clean(f"{stem if dot else name}.{ending}")


def shown(name: str) -> str:
    """Return a name with every hidden character made visible: what looks like the ending is the ending."""
    return "".join(MARK if unicodedata.category(each) in HIDDEN else each for each in name)


def safe(name: str) -> str:
    """Return the name under which a file is saved: no path, no device, no trick, and never empty."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join("_" if each in FORBIDDEN or unicodedata.category(each) in HIDDEN else each for each in last)
    kept = kept.strip().rstrip(". ").lstrip(".")
    if not kept:
        return "file"
    return f"_{kept}" if RESERVED.match(kept) else kept


def ending(name: str) -> str:
    """Return the real ending of a name, in capitals, for the card."""
    _, dot, last = safe(name).rpartition(".")
    return last.upper() if dot and 0 < len(last) <= 8 and last.isalnum() else ""


def is_risky(name: str) -> bool:
    """Tell whether opening a file of this name may run a program."""
    return bool(RISKY.fullmatch(ending(name)))
