"""What must be right before a start. Each answer says what to do."""

import contextlib
import ipaddress
import os
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

from peernet.files import private_folder

ROLES = ("login-server", "node")
DIALLABLE = ("auto", "yes", "no")
# Each with its strongest encryption.
CLASSIC_YEARS = {2017: 4, 2018: 5}


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def sqlite_version() -> str:
    import sqlcipher3.dbapi2

    return str(sqlcipher3.dbapi2.sqlite_version)


def _is_writable(home: Path) -> bool:
    # A home that is not there yet is made, as the first start would.
    with contextlib.suppress(OSError):
        private_folder(home)
    return home.is_dir() and os.access(home, os.W_OK)


@register()
def check_start(**kwargs: Any) -> list[Error]:
    home = settings.PEERNET_HOME
    found: list[tuple[str, str]] = []
    if settings.PEERNET_ROLE not in ROLES:
        found.append(("E001", f"PEERNET_ROLE is {settings.PEERNET_ROLE!r}. Set it to login-server or node."))
    if settings.SECRET_KEY == settings.SAMPLE_SECRET:
        found.append(("E002", "PEERNET_SECRET_KEY is the sample. Remove the line: a secret is made for you."))
    if not _is_writable(home):
        found.append(("E003", f"{home} cannot be written. Give this user the folder, or set PEERNET_HOME."))
    if _numbers(version("vodozemac")) < (0, 10, 0):
        found.append(("E004", "vodozemac is older than 0.10.0. Run: pip install -r requirements.txt"))
    if settings.DATABASES["default"]["ENGINE"] == "peernet.sqlcipher" and _numbers(sqlite_version()) < (3, 51, 3):
        found.append(("E005", "SQLite is older than 3.51.3, which can damage a database. Upgrade sqlcipher3."))
    if settings.PEERNET_PEERS_DIALLABLE not in DIALLABLE:
        found.append(("E006", f"PEERNET_PEERS_DIALLABLE is {settings.PEERNET_PEERS_DIALLABLE!r}. Set auto, yes or no."))
    if settings.PEERNET_CLASSIC:
        found += [("E007", sentence) for sentence in _classic()]
    return [Error(sentence, id=f"peernet.{code}") for code, sentence in found]


def _classic() -> Iterator[str]:
    """What is wrong with the settings of the classic network."""
    for name in ("PEERNET_CLASSIC_YEAR", "PEERNET_CLASSIC_SERVER_YEAR"):
        if (year := getattr(settings, name)) not in CLASSIC_YEARS:
            yield f"{name} is {year}. Set it to 2017 or 2018."
    strongest = CLASSIC_YEARS.get(settings.PEERNET_CLASSIC_YEAR, 0)
    if not 0 <= (least := settings.PEERNET_CLASSIC_MIN_ENCRYPTION) <= strongest:
        yield f"PEERNET_CLASSIC_MIN_ENCRYPTION is {least}. Set a standard of that year, from 0 to {strongest}."
    if settings.PEERNET_CLASSIC_LOCATION not in ("0", "1", "2"):
        yield f"PEERNET_CLASSIC_LOCATION is {settings.PEERNET_CLASSIC_LOCATION!r}. Set it to 0, 1 or 2."
    if (server := settings.PEERNET_CLASSIC_SERVER) and not _is_literal(server):
        yield f"PEERNET_CLASSIC_SERVER is {server!r}. Name it by its address, such as http://203.0.113.9:8102."


def _is_literal(server: str) -> bool:
    try:
        found = urlsplit(server if "//" in server else f"http://{server}")
        return found.scheme == "http" and bool(ipaddress.ip_address(found.hostname or "")) and found.port != 0
    except ValueError:
        return False
