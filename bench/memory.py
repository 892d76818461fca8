"""Whether a node grows with what went through it: 100,000 messages, and then as many again."""

import asyncio
import time

from bench.counter import ledger
from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.page import page
from bench.proc import rss_mb
from tests.journeys.network import Network

FIGURES = [Figure("node_rss_mb_100k", "MB", 125), Figure("node_rss_growth_mb_second_100k", "MB", 2)]
TEXT, AT_REST = "x" * 200, 5.0
# The longest patience of a count: what goes through in one go.
PART = 20_000


async def through(made: Network, count: int) -> None:
    async with page(made.alices, made.bob_id) as alice:
        await alice.warm()
        with ledger(made.alice, made.bob) as counted:
            await alice.say_on_and_on(TEXT, count)
            await counted.reach(count)


def measure(plan: Plan) -> Samples:
    """The larger of the two nodes counts. The quick form sends 3,000 each time."""
    sizes = []
    with network() as made:
        for _ in range(2):
            for _ in range(plan.pick(5, 1)):
                asyncio.run(through(made, plan.pick(PART, 3000)))
            time.sleep(AT_REST)
            sizes.append(max(rss_mb(node.process.pid) for node in (made.alice, made.bob)))
    return {"node_rss_mb_100k": sizes[:1], "node_rss_growth_mb_second_100k": [sizes[1] - sizes[0]]}
