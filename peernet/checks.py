"""What must be right before a start. Each answer says what to do."""

import contextlib
import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from peernet.files import private_folder

ROLES = ("login-server", "node")
DIALLABLE = ("auto", "yes", "no")


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
    if settings.PEERNET_CLASSIC and settings.PEERNET_CLASSIC_YEAR not in (2017, 2018):
        found.append(("E006", f"PEERNET_CLASSIC_YEAR is {settings.PEERNET_CLASSIC_YEAR}. Set it to 2017 or 2018."))
    if _numbers(version("vodozemac")) < (0, 10, 0):
        found.append(("E004", "vodozemac is older than 0.10.0. Run: pip install -r requirements.txt"))
    if settings.DATABASES["default"]["ENGINE"] == "peernet.sqlcipher" and _numbers(sqlite_version()) < (3, 51, 3):
        found.append(("E005", "SQLite is older than 3.51.3, which can damage a database. Upgrade sqlcipher3."))
    if settings.PEERNET_PEERS_DIALLABLE not in DIALLABLE:
        found.append(("E006", f"PEERNET_PEERS_DIALLABLE is {settings.PEERNET_PEERS_DIALLABLE!r}. Set auto, yes or no."))
    return [Error(sentence, id=f"peernet.{code}") for code, sentence in found]
