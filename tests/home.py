"""A home of its own for the tests: a pytest plugin, because pytest-django reads the settings before any conftest."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

os.environ["PEERNET_HOME"] = tempfile.mkdtemp(prefix="peernet-tests-")
os.environ["PEERNET_ROLE"] = "login-server"
for _name in ("PEERNET_SECRET_KEY", "PEERNET_KEY", "PEERNET_PASSPHRASE", "PEERNET_PASSPHRASE_FILE"):
    os.environ.pop(_name, None)


def move(settings: Any, folder: Path) -> None:
    """Give a test another home. The tests' database stays where it is, and an earlier test may have closed it."""
    from peernet.database_key import KEY_FILE

    if (key := settings.PEERNET_HOME / KEY_FILE).exists():
        shutil.copy(key, folder)
    settings.PEERNET_HOME = folder
