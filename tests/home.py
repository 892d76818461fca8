"""A home of its own for the tests: a pytest plugin, because pytest-django reads the settings before any conftest."""

import os
import tempfile

os.environ["PEERNET_HOME"] = tempfile.mkdtemp(prefix="peernet-tests-")
os.environ["PEERNET_ROLE"] = "login-server"
for _name in ("PEERNET_SECRET_KEY", "PEERNET_KEY", "PEERNET_PASSPHRASE", "PEERNET_PASSPHRASE_FILE"):
    os.environ.pop(_name, None)
