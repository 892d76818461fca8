"""How long 10,000 messages take that waited for somebody who comes back: until all are stored there and receipted."""

import asyncio
import time

from bench.counter import ledger
from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.page import page
from tests.journeys.network import Network

FIGURES = [Figure("drain_10k_s", "s", 10)]
TEXT = "x" * 200


async def queue(made: Network, count: int) -> None:
    """Write to somebody who is not there, through the page."""
    async with page(made.alices, made.bob_id) as alice:
        await alice.warm()
        await alice.say_on_and_on(TEXT, count)


async def drained(made: Network, count: int) -> float:
    with ledger(made.alice, made.bob) as counted:
        made.bob.start()
        start = time.perf_counter()
        await counted.reach(count)
        return time.perf_counter() - start


def measure(plan: Plan) -> Samples:
    """The quick form drains 1,000 and counts them tenfold."""
    count = plan.pick(10_000, 1000)
    with network() as made:
        made.bob.kill()
        asyncio.run(queue(made, count))
        return {"drain_10k_s": [asyncio.run(drained(made, count)) * 10_000 / count]}
