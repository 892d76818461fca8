"""Counting in the nodes' own databases, beside the running nodes: nothing is believed that no row says."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.journeys.processes import ROOT, Node

LOOK_EVERY = 0.1
PATIENCE = 180.0


class Counter:
    """A process that reads one home."""

    def __init__(self, node: Node) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "bench.counting"],
            cwd=ROOT,
            env=node.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def counts(self) -> tuple[int, int]:
        """Return how many messages were received, and how many of its own are receipted."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        received, receipted = json.loads(self._process.stdout.readline())
        return received, receipted

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


class Ledger:
    """What arrived since it was opened, at all nodes together."""

    def __init__(self, counters: list[Counter]) -> None:
        self._counters = counters
        self._before = self._sums()

    def arrived(self) -> int:
        """Return how many are in the recipients' databases and receipted in the senders'."""
        return min(now - then for now, then in zip(self._sums(), self._before, strict=True))

    async def reach(self, wanted: int) -> None:
        """Wait until so many arrived. Raises when that takes too long."""
        end = time.monotonic() + PATIENCE
        while (arrived := await asyncio.to_thread(self.arrived)) < wanted:
            if time.monotonic() > end:
                raise AssertionError(f"{arrived} of {wanted} arrived")
            await asyncio.sleep(LOOK_EVERY)

    def _sums(self) -> tuple[int, int]:
        found = [counter.counts() for counter in self._counters]
        return sum(received for received, _ in found), sum(receipted for _, receipted in found)


@contextlib.contextmanager
def ledger(*nodes: Node) -> Iterator[Ledger]:
    """Count in these nodes' homes."""
    counters = [Counter(node) for node in nodes]
    try:
        yield Ledger(counters)
    finally:
        for counter in counters:
            counter.close()
