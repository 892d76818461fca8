"""A disk that is full: a small file system where the system lets us mount one, else a limit on the size of files."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.town import FaultyNode

SIZE = 64 * 1024 * 1024
NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


class SmallDisk:
    """The home of a running node, on a file system of its own."""

    def __init__(self, node: FaultyNode) -> None:
        self.filler = node.home / "filler"

    def fill(self) -> None:
        """Leave no room at all."""
        with self.filler.open("wb", buffering=0) as filler:
            size = SIZE
            while size:
                try:
                    filler.write(bytes(size))
                except OSError:
                    size //= 2

    def free(self) -> None:
        self.filler.unlink()


class FileLimit:
    """The next best thing: no file of the process may grow."""

    def __init__(self, node: FaultyNode) -> None:
        self.pid = node.process.pid

    def fill(self) -> None:
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))

    def free(self) -> None:
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, NO_LIMIT)


@contextmanager
def disk_of(node: FaultyNode) -> Iterator[SmallDisk | FileLimit]:
    """Give the disk of a node, which is running then and afterwards."""
    node.kill()
    # A log that was emptied holds no room for the words that shall not fit.
    node.auditor.run("from django.db import connection; connection.cursor().execute('PRAGMA wal_checkpoint(TRUNCATE)')")
    node.forget_auditor()
    aside = node.home.parent / f"{node.home.name}.aside"
    node.home.rename(aside)
    node.home.mkdir(mode=0o700)
    is_mounted = _mount(node.home)
    shutil.copytree(aside, node.home, dirs_exist_ok=True)
    usual, node.more = node.more, node.more | {"PEERNET_FREE_MIB": "1"}
    node.start()
    try:
        yield SmallDisk(node) if is_mounted else FileLimit(node)
    finally:
        node.more = usual
        node.kill()
        node.forget_auditor()
        shutil.rmtree(aside)
        shutil.copytree(node.home, aside)
        if is_mounted:
            subprocess.run(["umount", str(node.home)], check=True)
        shutil.rmtree(node.home)
        aside.rename(node.home)
        node.start()


def _mount(folder: Path) -> bool:
    if os.getuid() != 0:
        return False
    options = f"size={SIZE},mode=0700"
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], check=False).returncode == 0
