"""How long a node with a home takes until it answers, and how much memory it has when nothing happens."""

import time

from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.proc import rss_mb

FIGURES = [Figure("node_start_s", "s", 1), Figure("node_rss_mb", "MB", 105)]
# The couriers' knocks, the first report and the directory are over by then.
AT_REST = 5.0


def measure(plan: Plan) -> Samples:
    starts, sizes = [], []
    with network() as made:
        for _ in range(plan.pick(5, 3)):
            made.bob.stop()
            start = time.perf_counter()
            made.bob.start()
            starts.append(time.perf_counter() - start)
        for _ in range(plan.pick(3, 1)):
            made.bob.stop()
            made.bob.start()
            made.bobs.get("/")
            time.sleep(AT_REST)
            sizes.append(rss_mb(made.bob.process.pid))
    return {"node_start_s": starts, "node_rss_mb": sizes}
