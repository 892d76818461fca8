"""How many heartbeats a login server takes a second, and whether one costs more when more people are there.

A real process, its own home, kept-open TLS 1.3 connections. `python -m bench.heartbeats` prints the table.
"""

import asyncio
import json
import os
import secrets
import ssl
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from tests.journeys.processes import LoginServer

CONNECTIONS = 16
SENDERS = 200
SECONDS = 8.0
ONE_AT_A_TIME = 300


def seed(people: int) -> None:
    """Run inside the server's home: put people online, and print the tokens and devices of some."""
    from django.utils import timezone

    from accounts.models import ApiToken, Person, PersonDevice
    from accounts.tokens import TOKEN_LIFE, fingerprint
    from peers.models import ChangeCounter, DirectoryEntry

    later = timezone.now() + timedelta(days=30)
    names = [f"person{number}" for number in range(people)]
    persons = Person.objects.bulk_create(Person(user_name=name, name_key=name, is_active=True) for name in names)
    devices = PersonDevice.objects.bulk_create(
        PersonDevice(key=os.urandom(32), person=person, certificate=os.urandom(300), expires_at=later)
        for person in persons
    )
    DirectoryEntry.objects.bulk_create(
        DirectoryEntry(device=device, card=os.urandom(1500), card_version=1, online=True, change=number)
        for number, device in enumerate(devices, 1)
    )
    ChangeCounter.objects.create(pk=1, last=people)
    senders = [(secrets.token_urlsafe(32), device) for device in devices[:SENDERS]]
    ApiToken.objects.bulk_create(
        ApiToken(
            person=device.person,
            token_hash=fingerprint(raw),
            device_key=device.key.hex(),
            expires_at=timezone.now() + TOKEN_LIFE,
        )
        for raw, device in senders
    )
    print(json.dumps([(raw, device.key.hex()) for raw, device in senders]))


class Connection:
    """One kept connection to the nodes' door: as little client as possible, for it runs on the same two cores."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def open(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=context)

    async def send(self, request: bytes) -> float:
        """Send one request, wait for the whole answer, and return the milliseconds. Raises unless it is 200."""
        start = time.perf_counter()
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise AssertionError(head.decode())
        await self.read_body(head.lower())
        return (time.perf_counter() - start) * 1000

    async def read_body(self, head: bytes) -> None:
        _, found, rest = head.partition(b"content-length:")
        if found:
            await self.reader.readexactly(int(rest.partition(b"\r\n")[0]))
        else:
            await self.reader.readuntil(b"0\r\n\r\n")


def heartbeat(raw: str, device: str) -> bytes:
    body = json.dumps({"device": device, "version": 1}).encode()
    return (
        f"POST /api/v1/presence HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {raw}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def one_by_one(port: int, requests: list[bytes]) -> float:
    """Return the median milliseconds of requests that wait for each other."""
    connection = Connection(port)
    await connection.open()
    times = [await connection.send(requests[number % len(requests)]) for number in range(ONE_AT_A_TIME)]
    connection.writer.close()
    return statistics.median(times[ONE_AT_A_TIME // 10 :])


async def together(port: int, requests: list[bytes]) -> float:
    """Return how many requests a second all connections get answered."""
    connections = [Connection(port) for _ in range(CONNECTIONS)]
    for connection in connections:
        await connection.open()
    end = time.perf_counter() + SECONDS

    async def keep_sending(connection: Connection, first: int) -> int:
        count = 0
        while time.perf_counter() < end:
            await connection.send(requests[(first + count) % len(requests)])
            count += 1
        return count

    start = time.perf_counter()
    counts = await asyncio.gather(*(keep_sending(each, number * 7) for number, each in enumerate(connections)))
    for connection in connections:
        connection.writer.close()
    return sum(counts) / (time.perf_counter() - start)


def with_people(people: int) -> dict[str, float]:
    """Measure a server with so many people online."""
    with tempfile.TemporaryDirectory(prefix="peernet-bench-") as folder:
        server = LoginServer(Path(folder) / "home")
        server.manage("migrate")
        seeded = server.manage("shell", "-v", "0", "-c", f"from bench.heartbeats import seed; seed({people})")
        if seeded.returncode:
            raise AssertionError(seeded.stderr)
        requests = [heartbeat(*pair) for pair in json.loads(seeded.stdout.splitlines()[-1])]
        healthz = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        server.start()
        try:
            return {
                "p50_ms": asyncio.run(one_by_one(server.nodes_port, requests)),
                "per_s": asyncio.run(together(server.nodes_port, requests)),
                "healthz_p50_ms": asyncio.run(one_by_one(server.nodes_port, [healthz])),
                "healthz_per_s": asyncio.run(together(server.nodes_port, [healthz])),
            }
        finally:
            server.stop()


def measure() -> dict[str, float]:
    """Return the numbers of the bench's table."""
    few, many = with_people(10), with_people(10_000)
    return {
        "heartbeats_per_s": few["per_s"],
        "heartbeats_per_s_10k": many["per_s"],
        "heartbeat_p50_ms_10": few["p50_ms"],
        "heartbeat_p50_ms_10k": many["p50_ms"],
        "baseline_healthz_per_s": few["healthz_per_s"],
        "baseline_healthz_p50_ms": few["healthz_p50_ms"],
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:28} {value:10.2f}")
