"""How much later a message comes to a node that cannot be dialled: by its pull and directly, in turn, in one run."""

import asyncio
import statistics

from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.page import page, round_trips
from tests.journeys.network import Network
from tests.journeys.processes import free_port

FIGURES = [
    Figure("pull_p50_ms", "ms"),
    Figure("pull_direct_p50_ms", "ms"),
    Figure("pull_later_p50_ms", "ms", 100),
    Figure("pull_later_p95_ms", "ms", 100),
]
WARM_UP = 40


async def in_turn(made: Network, count: int) -> tuple[list[float], list[float]]:
    """Return what messages took from Alice to Bob, who pulls, and from Bob to Alice, whom he dials."""
    async with page(made.alices, made.bob_id) as alice, page(made.bobs, made.alice_id) as bob:
        await round_trips(alice, bob, WARM_UP)
        pulled = await round_trips(alice, bob, count)
        return pulled, await round_trips(bob, alice, count)


def measure(plan: Plan) -> Samples:
    """Nobody listens at the address in Bob's card, so all that he gets he fetches."""
    bobs = {"PEERNET_PEERS_ADDRESSES": f"127.0.0.1:{free_port()}", "PEERNET_PEERS_DIALLABLE": "no"}
    with network(bobs) as made:
        runs = [asyncio.run(in_turn(made, plan.pick(200, 100))) for _ in range(plan.pick(5, 2))]
    medians = [(statistics.median(pulled), statistics.median(direct)) for pulled, direct in runs]
    return {
        "pull_p50_ms": [pulled for pulled, _ in medians],
        "pull_direct_p50_ms": [direct for _, direct in medians],
        "pull_later_p50_ms": [pulled - direct for pulled, direct in medians],
        "pull_later_p95_ms": [_p95(pulled) - _p95(direct) for pulled, direct in runs],
    }


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
