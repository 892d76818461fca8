"""How many messages a second go through, counted in the recipients' databases and receipted in the senders'."""

import asyncio
import contextlib
import time

from bench.counter import ledger
from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.page import Listening, page
from tests.journeys.network import Network
from tests.journeys.processes import Browser

FIGURES = [
    Figure("pair_messages_per_s", "/s", 1000, more=True),
    Figure("ten_pairs_messages_per_s", "/s", 1500, more=True),
]
# A node has one member, so ten pairs are ten pages: five on each node, all writing at once.
PAGES_EACH = 5
TEXT = "x" * 200


async def burst(made: Network, speakers: list[tuple[Browser, str]], count: int) -> float:
    """Return the messages a second while each speaker's page sends its share; every page shows what comes."""
    each = count // len(speakers)
    async with contextlib.AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(page(*who)) for who in speakers]
        quiet = [] if len(pages) > 1 else [await stack.enter_async_context(page(made.bobs, made.alice_id))]
        for each_page in [*pages, *quiet]:
            await each_page.warm()
        with ledger(made.alice, made.bob) as counted:
            start = time.perf_counter()
            async with Listening(*quiet):
                await asyncio.gather(*(speaker.say_much([TEXT] * each) for speaker in pages))
                async with Listening(*pages):
                    await counted.reach(each * len(pages))
            return each * len(pages) / (time.perf_counter() - start)


def measure(plan: Plan) -> Samples:
    one, ten, runs = plan.pick(3000, 1000), plan.pick(4000, 1500), plan.pick(3, 1)
    with network() as made:
        alone = [(made.alices, made.bob_id)]
        crowd = [*alone * PAGES_EACH, *[(made.bobs, made.alice_id)] * PAGES_EACH]
        asyncio.run(burst(made, alone, 300))
        return {
            "pair_messages_per_s": [asyncio.run(burst(made, alone, one)) for _ in range(runs)],
            "ten_pairs_messages_per_s": [asyncio.run(burst(made, crowd, ten)) for _ in range(runs)],
        }
