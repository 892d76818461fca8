"""How long a message takes from a browser's socket to the other's, and how many go through in a second."""

import asyncio
import json
import statistics
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect

from bench.network import network
from tests.journeys.conftest import Network
from tests.journeys.processes import ROOT, Browser, Node

ONE_AT_A_TIME, WARM_UP = 400, 60
BURST = 3000
# A node has one member, so ten pairs are ten pages: five on each node, all writing at once.
PAGES_EACH = 5
TEXT = "x" * 200
PATIENCE = 120.0


@dataclass
class Live:
    """The socket of a page, with the other's conversation open."""

    socket: ClientConnection
    other: str

    async def send(self, text: str) -> None:
        frame = {"type": "send", "key": str(uuid.uuid4()), "with": self.other, "text": text}
        await self.socket.send(json.dumps(frame))

    async def hear(self, mark: str) -> None:
        """Wait for a bubble that holds this text."""
        while True:
            frame = await asyncio.wait_for(self.socket.recv(), PATIENCE)
            if frame.startswith('{"type":"message"') and mark in frame:
                return


async def page(browser: Browser, other: str) -> Live:
    """Open the conversation in a page."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.session.cookies.items())
    socket = await connect(
        f"ws://127.0.0.1:{browser.node.user_port}/ws",
        origin=browser.node.address,
        additional_headers={"Cookie": cookies},
        max_size=None,
        max_queue=None,
        compression=None,
        proxy=None,
    )
    await socket.send(json.dumps({"type": "open", "with": other, "after": 2**62, "visible": True}))
    return Live(socket, other)


async def one_at_a_time(made: Network) -> list[float]:
    """Return the milliseconds of each message, sorted; the next one is sent when the last was shown."""
    alice, bob = await page(made.alices, made.bob_id), await page(made.bobs, made.alice_id)
    await alice.socket.send(json.dumps({"type": "open", "with": alice.other, "after": 0, "visible": True}))
    await bob.socket.send(json.dumps({"type": "open", "with": bob.other, "after": 0, "visible": True}))
    times = []
    for number in range(ONE_AT_A_TIME):
        mark = f"{number:06d}-{uuid.uuid4().hex}"
        start = time.perf_counter()
        await alice.send((mark + TEXT)[:200])
        await bob.hear(mark)
        times.append((time.perf_counter() - start) * 1000)
        await asyncio.sleep(0.005)
    await alice.socket.close()
    await bob.socket.close()
    return sorted(times[WARM_UP:])


class Counter:
    """Counts in a node's own database, beside the running node: received messages and receipted ones."""

    def __init__(self, node: Node) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.counter"],
            cwd=ROOT,
            env=node.environment | {"DJANGO_SETTINGS_MODULE": "peernet.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def counts(self) -> tuple[int, int]:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        received, receipted = json.loads(self.process.stdout.readline())
        return received, receipted

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


async def drain(live: Live) -> None:
    async for _ in live.socket:
        pass


async def burst(made: Network, speakers: list[tuple[Browser, str]]) -> float:
    """Return the messages a second, until all are in the recipients' databases and receipted in the senders'."""
    counters = [Counter(made.alice), Counter(made.bob)]

    def done() -> tuple[int, int]:
        both = [counter.counts() for counter in counters]
        return sum(received for received, _ in both), sum(receipted for _, receipted in both)

    before = done()
    pages = [await page(browser, other) for browser, other in speakers]
    drains = [asyncio.create_task(drain(live)) for live in pages]
    each = BURST // len(pages)
    start = time.perf_counter()
    await asyncio.gather(*(_say_much(live, each) for live in pages))
    while min(now - then for now, then in zip(await asyncio.to_thread(done), before, strict=True)) < each * len(pages):
        if time.perf_counter() - start > PATIENCE:
            raise AssertionError("some messages did not arrive")
        await asyncio.sleep(0.1)
    seconds = time.perf_counter() - start
    for task in drains:
        task.cancel()
    for live in pages:
        await live.socket.close()
    for counter in counters:
        counter.close()
    return each * len(pages) / seconds


async def _say_much(live: Live, how_many: int) -> None:
    for _ in range(how_many):
        await live.send(TEXT)


def measure() -> dict[str, float]:
    """Return the numbers of the bench's table."""
    with network() as made:
        alone = asyncio.run(one_at_a_time(made))
        pair = asyncio.run(burst(made, [(made.alices, made.bob_id)]))
        ten = asyncio.run(
            burst(made, [(made.alices, made.bob_id)] * PAGES_EACH + [(made.bobs, made.alice_id)] * PAGES_EACH)
        )
    return {
        "message_p50_ms": statistics.median(alone),
        "message_p99_ms": alone[int(len(alone) * 0.99)],
        "pair_messages_per_s": pair,
        "ten_pairs_messages_per_s": ten,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:28} {value:10.2f}")
