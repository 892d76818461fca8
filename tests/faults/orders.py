"""What the rig tells a process to do wrong: one small file an order, so that it can change while the process runs."""

import json
import os
from pathlib import Path
from typing import Any


class Orders:
    """A folder beside a home. The rig gives orders and withdraws them; the process reads and takes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._read: dict[str, tuple[int, Any]] = {}

    def give(self, name: str, value: Any = True) -> None:
        """Order something, or change what was ordered."""
        path = self._path(name)
        fresh = path.with_name(f".{path.name}")
        fresh.write_text(json.dumps(value))
        fresh.replace(path)

    def withdraw(self, *names: str) -> None:
        """Order something no more."""
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def withdraw_all(self, but: str) -> None:
        """Order nothing more but one thing."""
        self.withdraw(*(path.name for path in self.folder.iterdir() if path.name != but))

    def get(self, name: str) -> Any:
        """Return what is ordered, or None."""
        path = self._path(name)
        try:
            changed = os.stat(path).st_mtime_ns
        except FileNotFoundError:
            return None
        if self._read.get(name, (0, None))[0] != changed:
            self._read[name] = changed, json.loads(path.read_text())
        return self._read[name][1]

    def take(self, name: str) -> bool:
        """Tell whether this was ordered, once: nobody finds the order again."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            return False
        return True

    def _path(self, name: str) -> Path:
        return self.folder / name.replace("/", "_")
