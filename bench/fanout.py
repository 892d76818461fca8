"""How long one message takes until it is shown on 500 open pages of its recipient."""

import asyncio
import contextlib
import time
import uuid

from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.page import Listening, page
from tests.journeys.network import Network

FIGURES = [Figure("fanout_500_ms", "ms", 250)]
PAGES = 500
# An address may keep 64 connections; a loopback has many addresses.
AN_ADDRESS = 50


async def shown_on_all(made: Network, times: int) -> list[float]:
    """Return the milliseconds from the sender's socket until the last page shows it, for each of some messages."""
    async with contextlib.AsyncExitStack() as stack:
        alice = await stack.enter_async_context(page(made.alices, made.bob_id))
        await stack.enter_async_context(Listening(alice))
        pages = []
        for number in range(PAGES):
            source = f"127.0.0.{2 + number // AN_ADDRESS}"
            pages.append(await stack.enter_async_context(page(made.bobs, made.alice_id, source)))
        await asyncio.gather(*(each.warm() for each in pages))
        found = []
        for _ in range(times):
            mark = uuid.uuid4().hex
            start = time.perf_counter()
            await alice.send(mark)
            await asyncio.gather(*(each.hear(mark) for each in pages))
            found.append((time.perf_counter() - start) * 1000)
            await asyncio.gather(*(each.warm() for each in pages))
        return found


def measure(plan: Plan) -> Samples:
    with network() as made:
        return {"fanout_500_ms": asyncio.run(shown_on_all(made, plan.pick(7, 3)))}
