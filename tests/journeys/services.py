"""A PostgreSQL and a Redis of the tests' own, from the system's packages."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.journeys.processes import free_port

# Debian keeps them off the PATH, one folder a version.
PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
REDIS = shutil.which("redis-server")
HERE = "127.0.0.1"


def is_installed() -> bool:
    """Whether both are there."""
    return (PROGRAMS / "initdb").exists() and REDIS is not None


@contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL, and give the address of its databases: the name of one goes behind it."""
    # A folder of its own: it refuses to run as root, and nobody else may enter pytest's.
    with tempfile.TemporaryDirectory(prefix="peernet-postgres-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        data, port = f"{folder}/data", free_port()
        _postgres("initdb", "--auth=trust", "--username=peernet", "--no-sync", f"--pgdata={data}")
        options = f"-p {port} -c listen_addresses={HERE} -c unix_socket_directories={folder}"
        _postgres("pg_ctl", f"--pgdata={data}", "--wait", f"--options={options}", f"--log={folder}/log", "start")
        try:
            yield f"postgres://peernet@{HERE}:{port}/"
        finally:
            _postgres("pg_ctl", f"--pgdata={data}", "--mode=immediate", "stop")


def create_database(address: str, name: str) -> str:
    """Make a database, and return its address."""
    subprocess.run([PROGRAMS / "psql", address + "postgres", "-qc", f"CREATE DATABASE {name}"], check=True)
    return address + name


def _postgres(program: str, *arguments: str) -> None:
    as_whom = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # Without a pipe, which the server would keep open after pg_ctl has ended.
    subprocess.run([*as_whom, str(PROGRAMS / program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a Redis that keeps nothing, and give its address."""
    port = free_port()
    command = [REDIS, "--port", str(port), "--bind", HERE, "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"redis://{HERE}:{port}/0"
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    client, end = redis.Redis(HERE, port), time.monotonic() + 10
    while True:
        try:
            client.ping()
        except redis.ConnectionError:
            assert time.monotonic() < end, "Redis does not answer"
            time.sleep(0.05)
        else:
            return
