"""What every town begins with, made once and copied: accounts that are open, and the tables of a first start."""

import atexit
import dataclasses
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TypeVar

from tests.journeys.processes import Account, LoginServer, Node

N = TypeVar("N", bound=Node)


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="peernet-ready-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def staffed(server: LoginServer, **people: str) -> dict[str, Account]:
    """Start a login server that was never started, where these people have accounts: user names and full names."""
    home, accounts = _office(tuple(people.items()))
    shutil.copytree(home, server.home)
    server.start()
    return {
        name: dataclasses.replace(account, backup_codes=[*account.backup_codes]) for name, account in accounts.items()
    }


@cache
def _office(people: tuple[tuple[str, str], ...]) -> tuple[Path, dict[str, Account]]:
    server = LoginServer(_folder() / "-".join(["office", *(name for pair in people for name in pair)]))
    try:
        server.start()
        accounts = {name: server.open_account(name, "--display-name", full_name) for name, full_name in people}
        server.stop()
    finally:
        server.kill()
    return server.home, accounts


def furnished(node: N) -> N:
    """Give a node that was never started the tables that its first start would make."""
    shutil.copytree(_house(), node.home)
    return node


@cache
def _house() -> Path:
    home = _folder() / "house"
    account = Account("nobody", "", "", "0" * 64)
    made = Node(home, LoginServer(_folder() / "nowhere"), account).manage("migrate")
    assert made.returncode == 0, made.stderr
    return home
