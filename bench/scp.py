"""What `scp` needs for the same file on this machine, through an `sshd` of its own."""

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.processes import free_port

MB = 1000 * 1000
READY_SECONDS = 10
CONFIG = """
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/mine.pub
PidFile none
StrictModes no
UsePAM no
Subsystem sftp internal-sftp
"""


class NoServer(Exception):
    """file_ratio_to_scp_1gb is left out: it needs `sshd`, `scp` and `ssh-keygen` on this machine."""

    def __str__(self) -> str:
        return str(self.__doc__)


def speeds(size: int, count: int) -> list[float]:
    """Return the MB/s of so many copies of a file of `size` bytes. Raises `NoServer`."""
    server = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if server is None or not shutil.which("scp") or not shutil.which("ssh-keygen"):
        raise NoServer
    with tempfile.TemporaryDirectory(prefix="peernet-scp-") as folder:
        source = Path(folder) / "source"
        with source.open("wb") as file:
            for start in range(0, size, MB):
                file.write(os.urandom(min(MB, size - start)))
        with _server(server, Path(folder)) as command:
            return [size / MB / _copied(command, source, Path(folder) / f"copy-{number}") for number in range(count)]


def _copied(command: list[str], source: Path, copy: Path) -> float:
    begin = time.perf_counter()
    subprocess.run([*command, str(source), f"{getpass.getuser()}@127.0.0.1:{copy}"], check=True)  # noqa: S603
    took = time.perf_counter() - begin
    copy.unlink()
    return took


@contextmanager
def _server(program: str, folder: Path) -> Iterator[list[str]]:
    """Run an `sshd`, and give the beginning of the command that copies to it."""
    port = free_port()
    for name in ("host", "mine"):
        keys = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(keys, check=True)  # noqa: S603
    (folder / "config").write_text(CONFIG.format(folder=folder))
    served = [program, "-D", "-e", "-p", str(port), "-f", str(folder / "config")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(served, stderr=log)  # noqa: S603
    options = ("StrictHostKeyChecking=no", f"UserKnownHostsFile={folder}/known", "BatchMode=yes", "LogLevel=ERROR")
    command = ["scp", "-P", str(port), "-i", str(folder / "mine"), "-q"]
    for option in options:
        command += ["-o", option]
    try:
        _wait(command, folder)
        yield command
    finally:
        process.kill()
        process.wait()


def _wait(command: list[str], folder: Path) -> None:
    small, end = folder / "small", time.monotonic() + READY_SECONDS
    small.write_bytes(b"x")
    to = f"{getpass.getuser()}@127.0.0.1:{folder}/small-copy"
    while subprocess.run([*command, str(small), to], check=False).returncode:  # noqa: S603
        if time.monotonic() > end:
            raise NoServer
        time.sleep(0.2)
