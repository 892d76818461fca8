"""The key of the database: random, in a key file or wrapped by a passphrase."""

import contextlib
import getpass
import os
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from django.core.exceptions import ImproperlyConfigured

from peernet.files import write_private

KEY_FILE = "database.key"
WRAPPED_FILE = "database.key.wrapped"
MARK = b"PEERNET-KEY-1"
SALT, NONCE = 16, 12
_kept: dict[Path, bytes] = {}


def wrap(key: bytes, passphrase: str) -> bytes:
    salt, nonce = os.urandom(SALT), os.urandom(NONCE)
    return MARK + salt + nonce + AESGCM(_stretch(passphrase, salt)).encrypt(nonce, key, MARK)


def unwrap(wrapped: bytes, passphrase: str) -> bytes:
    if not wrapped.startswith(MARK) or len(wrapped) != len(MARK) + SALT + NONCE + 48:
        raise ImproperlyConfigured(f"{WRAPPED_FILE} is damaged. Put it back from a backup.")
    rest = wrapped[len(MARK) :]
    salt, nonce, sealed = rest[:SALT], rest[SALT : SALT + NONCE], rest[SALT + NONCE :]
    try:
        return AESGCM(_stretch(passphrase, salt)).decrypt(nonce, sealed, MARK)
    except InvalidTag as err:
        raise ImproperlyConfigured("The passphrase is wrong. Start again with the right one.") from err


def _stretch(passphrase: str, salt: bytes) -> bytes:
    return Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=64 * 1024).derive(passphrase.encode())


def ask_passphrase() -> str:
    """Return the passphrase from a file, the environment or the terminal. Raises `ImproperlyConfigured`."""
    phrase = _given("PEERNET_PASSPHRASE") or _typed("Passphrase of the database: ")
    if not phrase:
        raise ImproperlyConfigured("No passphrase was given. Type one, or set PEERNET_PASSPHRASE_FILE.")
    return phrase


def ask_new_passphrase() -> str:
    """Return the passphrase to change to, typed twice where it is typed. Raises `ImproperlyConfigured`."""
    if phrase := _given("PEERNET_NEW_PASSPHRASE"):
        return phrase
    phrase = _typed("New passphrase: ")
    if not phrase:
        raise ImproperlyConfigured("No new passphrase was given. Type one, or set PEERNET_NEW_PASSPHRASE_FILE.")
    if _typed("The new passphrase again: ") != phrase:
        raise ImproperlyConfigured("The two are not the same. Nothing was changed; try again.")
    return phrase


def _given(name: str) -> str:
    """Return what a file or the environment holds, for unattended use."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "")
    try:
        return Path(path).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as err:
        raise ImproperlyConfigured(f"{path} cannot be read. Correct {name}_FILE.") from err


def _typed(prompt: str) -> str:
    return getpass.getpass(prompt) if sys.stdin.isatty() else ""


def load(home: Path, database: Path, kind: str) -> bytes:
    """The key of this home; a new one only where there is no database yet."""
    if home not in _kept:
        _kept[home] = _read(home, database, kind)
    return _kept[home]


def _read(home: Path, database: Path, kind: str) -> bytes:
    if kind not in ("file", "passphrase"):
        raise ImproperlyConfigured(f"PEERNET_KEY is {kind!r}. Set it to file or passphrase.")
    path = home / (KEY_FILE if kind == "file" else WRAPPED_FILE)
    other = home / (WRAPPED_FILE if kind == "file" else KEY_FILE)
    if not path.exists():
        if other.exists() or (database.exists() and database.stat().st_size):
            raise ImproperlyConfigured(
                f"There is a database or another key, but no {path}. Put the key back, or correct PEERNET_KEY."
            )
        _make(path, kind)
    content = path.read_bytes()
    key = content if kind == "file" else unwrap(content, ask_passphrase())
    if len(key) != 32:
        raise ImproperlyConfigured(f"{path} is damaged. Put it back from a backup.")
    return key


def _make(path: Path, kind: str) -> None:
    key = os.urandom(32)
    content = key if kind == "file" else wrap(key, ask_passphrase())
    with contextlib.suppress(FileExistsError):  # another process was first: its key counts
        write_private(path, content, replace=False)


def change_passphrase(home: Path, old: str, new: str) -> None:
    """Wrap the same key anew. A process that runs goes on: it holds the key. Raises `ImproperlyConfigured`."""
    if not new:
        raise ImproperlyConfigured("The new passphrase is empty. Choose one.")
    path = home / WRAPPED_FILE
    if not path.exists():
        raise ImproperlyConfigured(f"There is no {path}. Start PeerNet once, or correct PEERNET_HOME.")
    write_private(path, wrap(unwrap(path.read_bytes(), old), new))
