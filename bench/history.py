"""How long opening a conversation takes: the whole page, rendered, over a kept connection to the user's door."""

import http.client
import statistics
import time

from bench.figures import Figure, Plan, Samples
from bench.network import network
from bench.seed import seeded
from tests.journeys.processes import Browser

FIGURES = [
    Figure("history_p50_ms_100", "ms", 10),
    Figure("history_p50_ms_100k", "ms", 10),
    Figure("history_100k_to_100", "x", 1.2),
]


def opened(browser: Browser, person: str, count: int) -> float:
    """Return the median milliseconds of so many openings."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.session.cookies.items())
    connection = http.client.HTTPConnection("127.0.0.1", browser.node.user_port, timeout=30)
    times = []
    for _ in range(count):
        start = time.perf_counter()
        connection.request("GET", f"/with/{person}/", headers={"Cookie": cookies})
        answer = connection.getresponse()
        page = answer.read()
        times.append((time.perf_counter() - start) * 1000)
        if answer.status != 200 or page.count(b"data-pk=") < 50:
            raise AssertionError(answer.status)
    connection.close()
    return statistics.median(times[count // 10 :])


def measure(plan: Plan) -> Samples:
    """The two in turn, so that a noisy second is noise to both."""
    few, many = [], []
    with network() as made:
        made.alice.stop()
        short, long = (seeded(made.alice, f"conversation('talk {count}', {count})") for count in (100, 100_000))
        made.alice.start()
        for _ in range(plan.pick(5, 3)):
            few.append(opened(made.alices, short, 30))
            many.append(opened(made.alices, long, 30))
    ratios = [large / small for small, large in zip(few, many, strict=True)]
    return {"history_p50_ms_100": few, "history_p50_ms_100k": many, "history_100k_to_100": ratios}
