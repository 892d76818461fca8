"""The command line: what a person can mend is said in one line, and never as a traceback."""

import gc
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError

# What a command imports stays, some hundred thousand objects: to search them for garbage takes a tenth of a start.
NO_GARBAGE_YET = 100_000
UNPREPARED = "The database is not prepared yet. Start PeerNet once, or run: manage.py migrate"
# What the database says, and what we say.
KNOWN = {
    "no such table": UNPREPARED,
    "no such column": UNPREPARED,
    "does not open this database": "",
    "unable to open database file": "The database cannot be opened. Give this user PEERNET_HOME and all that is in it.",
    "database or disk is full": "The disk is full. Nothing was changed; make some room, and try again.",
    "database is locked": "The database is busy. Nothing was changed; try again in a moment.",
}


def run(arguments: list[str]) -> None:
    """Run a command of `manage.py`, and end with a code other than 0 where it fails."""
    gc.set_threshold(NO_GARBAGE_YET)
    try:
        execute_from_command_line(arguments)
    except KeyboardInterrupt:
        sys.exit(130)
    except (ImproperlyConfigured, DatabaseError) as err:
        sentence = sentence_for(err)
        if not sentence or "--traceback" in arguments:
            raise
        sys.exit(sentence)


def sentence_for(err: Exception) -> str:
    """Return what to tell a person; nothing for what only a developer can mend."""
    if isinstance(err, ImproperlyConfigured):
        return str(err)
    known = next((ours for theirs, ours in KNOWN.items() if theirs in str(err)), None)
    return "" if known is None else known or str(err)
