"""What a node costs its laptop while its member looks at a page and nobody writes."""

import asyncio
import time

from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.page import Listening, page
from bench.proc import cpu_seconds
from tests.journeys.network import Network

FIGURES = [Figure("node_idle_cpu_percent", "%", 1)]
SETTLE = 3.0


async def at_rest(made: Network, seconds: int) -> float:
    """Return the percents of one core."""
    pid = made.alice.process.pid
    async with page(made.alices, made.bob_id) as alice, Listening(alice):
        await asyncio.sleep(SETTLE)
        used, start = cpu_seconds(pid), time.perf_counter()
        await asyncio.sleep(seconds)
        return (cpu_seconds(pid) - used) / (time.perf_counter() - start) * 100


def measure(plan: Plan) -> Samples:
    with network() as made:
        return {"node_idle_cpu_percent": [asyncio.run(at_rest(made, plan.pick(60, 10)))]}
