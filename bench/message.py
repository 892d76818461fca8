"""How long a message takes from a browser's socket to the other's, one at a time: sealed, stored and synced twice."""

import asyncio
import statistics

from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.page import page, round_trips
from tests.journeys.network import Network

FIGURES = [Figure("message_p50_ms", "ms", 5), Figure("message_p99_ms", "ms", 12)]
WARM_UP = 60


async def one_at_a_time(made: Network, count: int) -> list[float]:
    """Return the milliseconds of each message, after some that warm both nodes up."""
    async with page(made.alices, made.bob_id) as alice, page(made.bobs, made.alice_id) as bob:
        await round_trips(alice, bob, WARM_UP)
        return await round_trips(alice, bob, count)


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def measure(plan: Plan) -> Samples:
    """Several runs, so that a noisy second counts once."""
    with network() as made:
        runs = [asyncio.run(one_at_a_time(made, plan.pick(400, 200))) for _ in range(plan.pick(5, 2))]
    return {
        "message_p50_ms": [statistics.median(run) for run in runs],
        "message_p99_ms": [percentile(run, 0.99) for run in runs],
    }
