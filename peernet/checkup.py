"""What `manage.py doctor` looks at in the wiring: settings, home, key, database and doors."""

import http.client
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from peernet import database_key
from peernet.checks import check_start
from peernet.command_line import UNPREPARED, sentence_for
from peernet.server.doors import Door
from peers.checkup.findings import Finding, fail, ok, warn
from peers.transport.errors import Rejected, TransportError
from peers.transport.pinned import PinnedSession

LITTLE_SPACE = 500 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "::1", "localhost")
ANY = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
SECONDS = 5.0


def settings_findings() -> Iterator[Finding]:
    """Report what a start would refuse."""
    refusals = check_start()
    yield from (fail("settings", str(each.msg)) for each in refusals)
    if not refusals:
        yield ok("settings", f"A {settings.PEERNET_ROLE.replace('-', ' ')} in {settings.PEERNET_HOME}.")


def home_findings() -> Iterator[Finding]:
    """Look at who may read the home, and at the room that is left."""
    home = settings.PEERNET_HOME
    if not home.is_dir():
        return
    if os.name == "posix" and home.stat().st_mode & 0o077:
        yield warn("home", f"Others on this computer can look into it. Run: chmod 700 {home}")
    free = shutil.disk_usage(home).free
    if free < LITTLE_SPACE:
        yield warn("disk", f"Only {free // 1024**2} MB are free. Make room before messages are refused.")
    else:
        yield ok("disk", f"{free // 1024**3} GB are free.")


def has_key() -> bool:
    """Tell whether this home was ever started."""
    names = (database_key.KEY_FILE, database_key.WRAPPED_FILE, "peernet.sqlite3")
    return any((settings.PEERNET_HOME / name).exists() for name in names)


def key_finding() -> Finding:
    """Open the database's key, without making one."""
    home, kind = settings.PEERNET_HOME, settings.PEERNET_KEY
    if not has_key():
        return warn("key", "There is none yet: the first start makes it.")
    try:
        database_key.load(home, home / "peernet.sqlite3", kind)
    except ImproperlyConfigured as err:
        return fail("key", str(err))
    if kind == "file":
        return _key_file(home / database_key.KEY_FILE)
    return ok("key", "It is wrapped by a passphrase, and opens with it.")


def _key_file(path: Path) -> Finding:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        return fail("key", f"Others on this computer can read it. Run: chmod 600 {path}")
    return ok("key", f"It lies in {path.name}: whoever gets this disk reads all. PEERNET_KEY=passphrase is safer.")


def database_finding() -> Finding:
    """Open the database, and compare it with what this version expects."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as err:
        return fail("database", sentence_for(err) or f"It does not open: {err}")
    if missing:
        return fail("database", UNPREPARED)
    if connection.settings_dict["ENGINE"] != "peernet.sqlcipher":
        return ok("database", f"{connection.vendor} answers. Its disk is for you to encrypt.")
    return ok("database", "It opens, is encrypted, and is as this version expects it.")


def door_findings(doors: list[Door], fingerprint: bytes) -> Iterator[Finding]:
    """Look who has each door's port: nobody, this very home's process, or another program."""
    for door in doors:
        what = f"{door.name} door"
        if door.is_free():
            yield warn(what, f"Port {door.port} is free: PeerNet does not run here now.")
        elif _is_ours(door, fingerprint):
            yield ok(what, f"Port {door.port} answers{', with our certificate' if door.tls else ''}.")
        else:
            yield fail(what, f"Another program has port {door.port}. Stop it, or set another port and start again.")
        if not door.tls and door.interface not in LOOPBACK:
            yield warn(what, f"It is open to the network at {door.interface}, without TLS. Put a proxy before it.")


def is_running(doors: list[Door]) -> bool:
    """Tell whether some process holds all of the doors."""
    return not any(door.is_free() for door in doors)


def _is_ours(door: Door, fingerprint: bytes) -> bool:
    host = ANY.get(door.interface, door.interface)
    if not door.tls:
        return _answers_plainly(host, door.port)
    return speaks_for(host, door.port, fingerprint)


def _answers_plainly(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(16) == b"ok"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def speaks_for(host: str, port: int, fingerprint: bytes) -> bool:
    """Tell whether a TLS door shows this certificate. What it answers does not matter."""
    session = PinnedSession(host, port, fingerprint)
    try:
        session.get("/healthz", SECONDS)
    except Rejected:
        return True
    except TransportError:
        return False
    finally:
        session.close()
    return True
