"""What a start refuses: each with a sentence that says what to do, and none with a traceback."""

import os
import socket
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError, SystemCheckError

from peernet import checks
from peernet.settings import SAMPLE_SECRET
from tests.journeys.processes import ROOT, free_port

ROLES = {"node": "runnode", "login-server": "runloginserver"}


@pytest.fixture(params=ROLES)
def role(request):
    return request.param


@pytest.fixture
def start(tmp_path, role):
    """Run a command in a home of its own, by default the role's own; it is expected to end by itself."""

    def run(command=None, **settings):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PEERNET_", "DJANGO_"))}
        own = {"PEERNET_ROLE": role, "PEERNET_HOME": str(tmp_path / "home")}
        return subprocess.run(
            [sys.executable, "manage.py", command or ROLES[role]],
            cwd=ROOT,
            env=kept | own | {name: str(value) for name, value in settings.items()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def refused(result, sentence):
    assert result.returncode == 1, result.stdout + result.stderr
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_the_sample_secret_is_refused(start):
    refused(start(PEERNET_SECRET_KEY=SAMPLE_SECRET), "Remove the line: a secret is made for you.")


def test_a_database_without_its_key_is_refused_and_left_as_it_is(start, tmp_path):
    assert start("migrate").returncode == 0
    database = tmp_path / "home" / "peernet.sqlite3"
    content = database.read_bytes()
    (tmp_path / "home" / "database.key").unlink()
    refused(start(), "Put the key back, or correct PEERNET_KEY.")
    assert database.read_bytes() == content


def test_another_databases_key_is_refused(start, tmp_path):
    assert start("migrate").returncode == 0
    (tmp_path / "home" / "database.key").write_bytes(bytes(32))
    refused(start(), "Put back the key file that belongs to it.")


def test_a_wrong_passphrase_is_refused_and_the_right_one_is_not(start):
    locked = {"PEERNET_KEY": "passphrase", "PEERNET_PASSPHRASE": "correct horse battery"}
    assert start("migrate", **locked).returncode == 0
    refused(start(**locked | {"PEERNET_PASSPHRASE": "wrong"}), "The passphrase is wrong.")
    assert start("migrate", **locked).returncode == 0


def test_no_passphrase_at_all_is_refused_where_nobody_can_type_one(start):
    refused(start(PEERNET_KEY="passphrase"), "Type one, or set PEERNET_PASSPHRASE_FILE.")


def test_a_passphrase_file_that_cannot_be_read_is_refused(start, tmp_path):
    file = tmp_path / "none"
    refused(start(PEERNET_KEY="passphrase", PEERNET_PASSPHRASE_FILE=file), "Correct PEERNET_PASSPHRASE_FILE.")


def test_a_home_that_cannot_be_written_is_refused(start, tmp_path):
    (tmp_path / "file").touch()
    refused(start(PEERNET_HOME=tmp_path / "file" / "home"), "Give this user the folder, or set PEERNET_HOME.")


@pytest.mark.parametrize("text", ["eighty", "0", "65536"])
def test_a_port_that_is_none_is_refused(start, text):
    refused(start(PEERNET_USER_PORT=text), "Set it to a number from 1 to 65535.")


def test_an_unknown_role_is_refused(start):
    refused(start(PEERNET_ROLE="nodee"), "Set it to login-server or node.")


def test_the_other_roles_command_is_refused(start, role):
    other = next(command for name, command in ROLES.items() if name != role)
    refused(start(other), "Run it with PEERNET_ROLE=")


@pytest.mark.parametrize("door", [0, 1])
def test_a_taken_port_is_refused(start, role, door):
    name = {
        "node": ("PEERNET_USER_PORT", "PEERNET_PEERS_PORT"),
        "login-server": ("PEERNET_ADMIN_PORT", "PEERNET_NODES_PORT"),
    }
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = start(
            **{name[role][door]: port, name[role][1 - door]: free_port(), "PEERNET_PEERS_INTERFACE": "127.0.0.1"}
        )
    refused(result, f"Port {port} for the")
    assert "is not free. Stop the other program, or set another port." in result.stderr


@pytest.mark.parametrize(
    ("name", "version", "sentence"),
    [
        ("sqlite_version", "3.51.2", "SQLite is older than 3.51.3, which can damage a database. Upgrade sqlcipher3."),
        ("version", "0.9.9", "vodozemac is older than 0.10.0. Run: pip install -r requirements.txt"),
    ],
)
def test_an_affected_library_is_refused(monkeypatch, settings, name, version, sentence):
    monkeypatch.setattr(checks, name, lambda *package: version)
    for settings.PEERNET_ROLE, command in ROLES.items():
        with pytest.raises((SystemCheckError, CommandError), match=sentence):
            call_command(command, skip_checks=False)
