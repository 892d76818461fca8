"""What a login server costs with 1,000 and 10,000 nodes online.

Each simulated node keeps a question for changes open on a connection and an address of its own, and sends a heartbeat
every 30 seconds; the heartbeats of all go over a few hundred connections. One member publishes a new card every ten
seconds, and it counts when the last node has it.
"""

import asyncio
import contextlib
import json
import random
import re
import resource
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from bench.connection import Connection
from bench.figures import Figure, Plan, Samples
from bench.heartbeat import heartbeat
from bench.message import percentile
from bench.proc import cpu_seconds
from bench.seed import seeded
from tests.journeys.processes import LoginServer

FIGURES = [
    Figure("login_heartbeat_p95_ms", "ms", 30),
    Figure("login_core_percent", "%", 15),
    Figure("login_change_s", "s", 1),
    Figure("login_10k_heartbeat_p95_ms", "ms", 100),
    Figure("login_10k_core_percent", "%", 60),
    Figure("login_10k_change_s", "s", 3),
]
EVERY, CHANGE_EVERY = 30.0, 10.0
# The longest wait for the last node to hear of a change.
PATIENCE = 60.0
# Handshakes at once, and the connections that heartbeats share.
AT_ONCE, SHARED = 50, 250
CURSOR = re.compile(rb'"cursor":\s*(\d+)')


class Followers:
    """All nodes' open questions."""

    def __init__(self, port: int, members: list[tuple[str, str]], cursor: int) -> None:
        self.port, self.members, self.cursor = port, members, cursor
        # When each heard of each change, and whether all have.
        self.seen: dict[int, list[float]] = defaultdict(list)
        self.by_all: dict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        connections = [
            Connection(self.port, f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}")
            for number in range(len(self.members))
        ]

        async def connect(connection: Connection) -> None:
            async with gate:
                await connection.open()

        await asyncio.gather(*map(connect, connections))
        self._tasks = [
            asyncio.create_task(self._follow(connection, raw))
            for connection, (raw, _) in zip(connections, self.members, strict=True)
        ]

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    def failed(self) -> list[BaseException]:
        return [task.exception() for task in self._tasks if task.done() and not task.cancelled()]

    async def _follow(self, connection: Connection, raw: str) -> None:
        cursor = self.cursor
        while True:
            body = await connection.ask(
                f"GET /api/v1/changes?since={cursor}&wait=25 HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: Bearer {raw}\r\n\r\n".encode()
            )
            found = int(CURSOR.search(body).group(1))
            if found > cursor:
                self.seen[found].append(time.perf_counter())
                if len(self.seen[found]) == len(self.members):
                    self.by_all[found].set()
            cursor = found


async def beat(port: int, members: list[tuple[str, str]], seconds: float) -> list[float]:
    """Send every node's heartbeats, spread over the interval, and return how long each took."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for number in range(min(SHARED, len(members))):
        connection = Connection(port, f"127.200.0.{1 + number % 250}")
        await connection.open()
        free.put_nowait(connection)
    times: list[float] = []
    requests = [heartbeat(*member) for member in members]
    order = random.sample(range(len(members)), len(members))
    start, sent = time.perf_counter(), 0

    async def one(request: bytes) -> None:
        connection = await free.get()
        times.append(await connection.send(request))
        free.put_nowait(connection)

    async with asyncio.TaskGroup() as group:
        while (now := time.perf_counter() - start) < seconds:
            while sent < now / EVERY * len(members):
                group.create_task(one(requests[order[sent % len(order)]]))
                sent += 1
            await asyncio.sleep(0.005)
    return times


async def change(port: int, raw: str, cards: list[str], followers: Followers) -> list[float]:
    """Publish the cards one after the other, and return how long each took to reach the last node."""
    connection, spans = Connection(port, "127.201.0.1"), []
    await connection.open()
    for number, card in enumerate(cards, 1):
        await asyncio.sleep(CHANGE_EVERY / 2)
        body = json.dumps({"card": card}).encode()
        start = time.perf_counter()
        await connection.ask(
            f"POST /api/v1/card HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {raw}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await followers.by_all[followers.cursor + number].wait()
        heard = followers.seen[followers.cursor + number]
        if len(heard) < len(followers.members):
            raise AssertionError(
                f"{len(heard)} of {len(followers.members)} nodes heard of a change: {followers.failed()[:1]}"
            )
        spans.append(max(heard) - start)
        await asyncio.sleep(max(0.0, CHANGE_EVERY / 2 - (time.perf_counter() - start)))
    return spans


async def office(server: LoginServer, people: int, members: list[tuple[str, str]], raw: str, cards: list[str]) -> tuple:
    followers = Followers(server.nodes_port, members, people)
    await followers.open()
    await asyncio.sleep(2)
    used, start = cpu_seconds(server.process.pid), time.perf_counter()
    seconds = CHANGE_EVERY * len(cards)
    times, spans = await asyncio.gather(
        beat(server.nodes_port, members, seconds), change(server.nodes_port, raw, cards, followers)
    )
    percent = (cpu_seconds(server.process.pid) - used) / (time.perf_counter() - start) * 100
    followers.close()
    return percentile(times, 0.95), percent, spans


def with_nodes(people: int, changes: int) -> tuple[float, float, list[float]]:
    with tempfile.TemporaryDirectory(prefix="peernet-bench-") as folder:
        server = LoginServer(Path(folder) / "server")
        server.manage("migrate")
        members = seeded(server, f"people({people}, {people})")
        raw, cards = seeded(server, f"changer({changes})")
        server.start()
        try:
            return asyncio.run(office(server, people, members, raw, cards))
        finally:
            server.kill()


def measure(plan: Plan) -> Samples:
    """The quick form leaves the 10,000 out."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    found: Samples = {}
    for label, people in (("login", 1000), ("login_10k", 10_000))[: plan.pick(2, 1)]:
        beats, percent, spans = with_nodes(people, plan.pick(6, 2))
        found |= {f"{label}_heartbeat_p95_ms": [beats], f"{label}_core_percent": [percent], f"{label}_change_s": spans}
    return found
