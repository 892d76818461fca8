"""How fast the floor is on this machine in this minute."""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.connection import Connection, one_by_one, together
from bench.figures import Figure, Samples
from tests.journeys.processes import ROOT, free_port

FIGURES = [
    Figure("baseline_ms", "ms"),
    Figure("baseline_per_s", "/s", more=True),
    Figure("baseline_start_s", "s"),
]
BODY = b"x" * 600
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 600\r\n\r\n" + BODY
READY_SECONDS = 30


class Floor:
    """The floor's process. What it is compared with is measured right before and right after."""

    def __enter__(self) -> "Floor":
        self._folder = tempfile.TemporaryDirectory(prefix="peernet-floor-")
        self.port = free_port()
        start = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "bench.floor", str(self.port), self._folder.name],
            cwd=ROOT,
            stdout=(Path(self._folder.name) / "log").open("wb"),
            stderr=subprocess.STDOUT,
        )
        while not asyncio.run(self._answers()):
            if time.perf_counter() - start > READY_SECONDS:
                raise AssertionError((Path(self._folder.name) / "log").read_text())
            time.sleep(0.02)
        self.start_seconds = time.perf_counter() - start
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def measure(self) -> Samples:
        """Return a sample for each unit that has a baseline."""
        return {
            "ms": [asyncio.run(one_by_one(self.port, [POST], 200))],
            "/s": [asyncio.run(together(self.port, [POST], 16, 1.0))],
            "s": [self.start_seconds],
        }

    async def _answers(self) -> bool:
        connection = Connection(self.port)
        try:
            await connection.open()
            await connection.ask(POST)
        except OSError:
            return False
        connection.close()
        return True
