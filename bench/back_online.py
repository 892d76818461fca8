"""How soon the first message that waited is shown once its recipient's node is ready again.

By knock: the node that starts says so itself. By presence: it knows nobody to knock at, and the login server tells. By
retry: there is no login server either, and the sender's node has tried in vain so often that it waits longest.
"""

import asyncio
import time
import uuid

from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.page import page
from bench.seed import seeded
from tests.journeys.network import Network

FIGURES = [
    Figure("back_online_ms_knock", "ms", 150),
    Figure("back_online_ms_presence", "ms", 150),
    Figure("back_online_ms_retry", "ms", 35_000),
]
# Longer than the 90 seconds after which a silent node counts as gone.
SILENT = 100
# Until the pauses between the tries have grown to their longest.
PATIENT = 75


async def back(made: Network, away: int, knocks: bool = True) -> float:
    """Return the milliseconds from ready to shown, after so many seconds away."""
    made.bob.stop()
    if not knocks:
        seeded(made.bob, "forget_whom_to_knock()")
    async with page(made.alices, made.bob_id) as alice:
        mark = uuid.uuid4().hex
        await alice.send(mark)
        await asyncio.sleep(away)
        made.bob.start()
        start = time.perf_counter()
        async with page(made.bobs, made.alice_id) as bob:
            await bob.hear(mark)
        return (time.perf_counter() - start) * 1000


def measure(plan: Plan) -> Samples:
    with network() as made:
        found = {"back_online_ms_knock": [asyncio.run(back(made, 3)) for _ in range(plan.pick(5, 2))]}
        if plan.short:
            return found
        found["back_online_ms_presence"] = [asyncio.run(back(made, SILENT, knocks=False))]
        made.server.kill()
        found["back_online_ms_retry"] = [asyncio.run(back(made, PATIENT, knocks=False))]
        return found
