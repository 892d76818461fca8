"""demo/demo.json: addresses, names, passwords and TOTP secrets, for people and scripts. Ignored by git."""

import os
import shutil
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("PEERNET_DEMO") or ROOT / "demo").resolve()
FILE = FOLDER / "demo.json"


class Server(msgspec.Struct):
    """The login server: its admin's address, where nodes find it, and its key in hex."""

    admin: str
    nodes: str
    key: str
    # The classic network's door, where it is on.
    classic: str = ""


class Person(msgspec.Struct):
    """A sample person. `node` and `home` are empty for the one who has none: the admin."""

    name: str
    display_name: str
    password: str
    totp_secret: str
    totp_link: str
    node: str = ""
    peers: str = ""
    home: str = ""
    # By the classic network: where their node is, and the app password that programs sign in with.
    classic: str = ""
    app_password: str = ""


class Record(msgspec.Struct):
    """All that a visitor needs to get in."""

    login_server: Server
    people: list[Person]

    @classmethod
    def read(cls) -> "Record | None":
        """Return what an earlier run wrote, or None."""
        if not FILE.exists():
            return None
        return msgspec.json.decode(FILE.read_bytes(), type=cls)

    def write(self) -> None:
        """Write it for its owner's eyes only."""
        FOLDER.mkdir(exist_ok=True)
        text = msgspec.json.format(msgspec.json.encode(self), indent=2)
        with os.fdopen(os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text + b"\n")

    @staticmethod
    def remove() -> None:
        """Remove this and every home of the demo."""
        FILE.unlink(missing_ok=True)
        shutil.rmtree(FOLDER / "homes", ignore_errors=True)

    @property
    def members(self) -> list[Person]:
        """The people who have a node."""
        return [person for person in self.people if person.home]
