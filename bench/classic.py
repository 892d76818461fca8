"""How quickly a node takes in what older nodes write: plain HTTP, one row synced a message."""

import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.figures import Figure, Plan, Samples
from tests.classic.older_node import OlderNode
from tests.journeys.processes import LoginServer, Node, free_port

FIGURES = [
    Figure("classic_receive_p50_ms", "ms", 5),
    Figure("classic_receive_per_s", "/s", 300, more=True),
    Figure("classic_receive_enc4_p50_ms", "ms", 8),
]
CLIENTS = 4
WARM_UP = 50
TEXT = "Kia ora, " + "x" * 191


class Sender:
    """An older node with a connection that it keeps."""

    def __init__(self, node: OlderNode, port: int) -> None:
        self.node, self.connection = node, http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def bodies(self, count: int, encryption: int = 0, key: str = "") -> list[bytes]:
        """Composed beforehand: what the sender works is not measured."""
        hashing = 2 if encryption else 0
        made = (
            self.node.compose("bob", TEXT, encryption, hashing, key, stamp=f"{time.time():.9f}") for _ in range(count)
        )
        return [json.dumps(body).encode() for body in made]

    def post(self, path: str, body: bytes) -> bytes:
        self.connection.request("POST", path, body, {"Content-Type": "application/json"})
        return self.connection.getresponse().read()

    def send(self, bodies: Sequence[bytes]) -> list[float]:
        """Return the milliseconds of each message, one after the other."""
        times = []
        for body in bodies:
            start = time.perf_counter()
            answer = self.post("/receiveMessage", body)
            times.append((time.perf_counter() - start) * 1000)
            if answer != b"0":
                raise RuntimeError(f"the node answers {answer!r}")
        return times


def together(senders: Sequence[Sender], count: int) -> float:
    """Return the messages a second that all senders get through at once."""
    work = [sender.bodies(count) for sender in senders]
    with ThreadPoolExecutor(len(senders)) as threads:
        start = time.perf_counter()
        list(threads.map(Sender.send, senders, work))
    return count * len(senders) / (time.perf_counter() - start)


def measure(plan: Plan) -> Samples:
    with tempfile.TemporaryDirectory(prefix="peernet-bench-") as folder:
        server = LoginServer(Path(folder) / "server")
        server.start()
        port = free_port()
        classic = {"PEERNET_CLASSIC": "on", "PEERNET_CLASSIC_PORT": str(port), "PEERNET_CLASSIC_INTERFACE": "127.0.0.1"}
        bob = Node(Path(folder) / "bob", server, server.open_account("bob"), more=classic)
        try:
            bob.start()
            bob.sign_in()
            return _measure(plan, port)
        finally:
            bob.kill()
            server.kill()


def _measure(plan: Plan, port: int) -> Samples:
    senders = [Sender(OlderNode(2018, f"alic00{number}", 1024), port) for number in range(CLIENTS)]
    first, runs, count = senders[0], plan.pick(3, 1), plan.pick(400, 150)
    key = json.loads(first.post("/getPublicKey", b'{"sender": "alic000"}'))["pubkey"]
    first.send(first.bodies(WARM_UP) + first.bodies(WARM_UP, 4, key))
    together(senders, WARM_UP)

    def median(encryption: int = 0) -> float:
        return statistics.median(first.send(first.bodies(count, encryption, key)))

    return {
        "classic_receive_p50_ms": [median() for _ in range(runs)],
        "classic_receive_per_s": [together(senders, count) for _ in range(runs)],
        "classic_receive_enc4_p50_ms": [median(4) for _ in range(runs)],
    }
