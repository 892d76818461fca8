"""Whether somebody who is dead, with 10,000 messages waiting for them, slows the talk with somebody who is there."""

import asyncio
import socket

from bench.figures import Figure, Plan, Samples
from bench.message import one_at_a_time, percentile
from bench.network import network
from bench.seed import seeded

FIGURES = [Figure("beside_dead_peer_ratio", "x", 1.2)]
RUNS, COUNT = 5, 200


def measure(plan: Plan) -> Samples:
    """Undisturbed and beside the dead in turn: `dead` takes connections and never says a word."""
    waiting, runs = plan.pick(10_000, 1000), plan.pick(RUNS, 2)
    ratios = []
    with network() as quiet, network() as made, socket.create_server(("127.0.0.1", 0), backlog=512) as dead:
        made.alice.stop()
        seeded(made.alice, f"dead_peer('127.0.0.1:{dead.getsockname()[1]}', {waiting})")
        made.alice.start()
        for _ in range(runs):
            alone = percentile(asyncio.run(one_at_a_time(quiet, COUNT)), 0.95)
            beside = percentile(asyncio.run(one_at_a_time(made, COUNT)), 0.95)
            ratios.append(beside / alone)
    return {"beside_dead_peer_ratio": ratios}
