"""How many heartbeats a login server takes a second, and whether one costs more when more people are there."""

import asyncio
import json
import tempfile
from pathlib import Path

from bench.connection import one_by_one, together
from bench.figures import Figure, Plan, Samples
from bench.seed import seeded
from tests.journeys.processes import LoginServer

FIGURES = [
    Figure("heartbeats_per_s", "/s", 300, more=True),
    Figure("heartbeat_p50_ms_10", "ms"),
    Figure("heartbeat_p50_ms_10k", "ms"),
    Figure("heartbeat_10k_to_10", "x", 1.2),
]
CONNECTIONS, SENDERS = 16, 200


def heartbeat(raw: str, device: str) -> bytes:
    """Return the request of a node that says that it is there."""
    body = json.dumps({"device": device, "version": 1}).encode()
    return (
        f"POST /api/v1/presence HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {raw}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Office:
    """A login server with so many people online."""

    def __init__(self, folder: Path, people: int) -> None:
        self.server = LoginServer(folder)
        self.server.manage("migrate")
        members = seeded(self.server, f"people({people}, {min(people, SENDERS)})")
        self.requests = [heartbeat(*member) for member in members]
        self.server.start()

    def one(self, count: int) -> float:
        return asyncio.run(one_by_one(self.server.nodes_port, self.requests, count))

    def many(self, seconds: float) -> float:
        return asyncio.run(together(self.server.nodes_port, self.requests, CONNECTIONS, seconds))


def measure(plan: Plan) -> Samples:
    """Few and many in turn."""
    runs, rates, few, many = plan.pick(5, 2), [], [], []
    with tempfile.TemporaryDirectory(prefix="peernet-bench-") as folder:
        small, large = Office(Path(folder) / "small", 10), Office(Path(folder) / "large", 10_000)
        try:
            for _ in range(runs):
                few.append(small.one(300))
                many.append(large.one(300))
                rates.append(small.many(2.0))
        finally:
            small.server.kill()
            large.server.kill()
    return {
        "heartbeats_per_s": rates,
        "heartbeat_p50_ms_10": few,
        "heartbeat_p50_ms_10k": many,
        "heartbeat_10k_to_10": [large / small for small, large in zip(few, many, strict=True)],
    }
