"""Whether a million stored messages slow a node: its start, opening a conversation, and sending, against a thousand."""

import asyncio
import statistics
import time

from bench.figures import Figure, Plan, Samples
from bench.history import opened
from bench.message import one_at_a_time
from bench.network import network
from bench.seed import seeded
from tests.journeys.network import Network

FIGURES = [
    Figure("million_ratio", "x", 1.2),
    Figure("million_start_ratio", "x"),
    Figure("million_open_ratio", "x"),
    Figure("million_send_ratio", "x"),
]
CONVERSATIONS = 50


def start(made: Network) -> float:
    made.alice.stop()
    began = time.perf_counter()
    made.alice.start()
    return time.perf_counter() - began


def measure(plan: Plan) -> Samples:
    """The two networks in turn; the worst of the three counts."""
    pairs: dict[str, list[list[float]]] = {"start": [], "open": [], "send": []}
    with network() as small, network() as large:
        for made, stored in ((small, 1000), (large, plan.pick(1_000_000, 100_000))):
            made.alice.stop()
            seeded(made.alice, f"talks({made.bob_id!r}, {min(CONVERSATIONS, stored // 100)}, {stored})")
            made.alice.start()
        both = (small, large)
        for _ in range(plan.pick(5, 2)):
            pairs["start"].append([start(made) for made in both])
            pairs["open"].append([opened(made.alices, made.bob_id, 30) for made in both])
            pairs["send"].append([statistics.median(asyncio.run(one_at_a_time(made, 150))) for made in both])
    ratios = {what: [many / few for few, many in found] for what, found in pairs.items()}
    worst = max(statistics.median(found) for found in ratios.values())
    return {"million_ratio": [worst], **{f"million_{what}_ratio": found for what, found in ratios.items()}}
