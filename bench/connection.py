"""One kept connection to a TLS door: as little client as possible, for it runs on the servers' own cores."""

import asyncio
import ssl
import statistics
import time
from collections.abc import Sequence


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


CONTEXT = _context()


class Connection:
    """Sends ready-made requests and reads whole answers. `source` is a loopback address of its own."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self.port, self.source = port, source

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=CONTEXT, local_addr=(self.source, 0)
        )

    async def ask(self, request: bytes) -> bytes:
        """Send one request and return the body of the answer. Raises unless it is 200."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        body = await self._body(head.lower())
        if not head.startswith(b"HTTP/1.1 200"):
            raise AssertionError(head + body)
        return body

    async def send(self, request: bytes) -> float:
        """Send one request, wait for the whole answer, and return the milliseconds."""
        start = time.perf_counter()
        await self.ask(request)
        return (time.perf_counter() - start) * 1000

    async def _body(self, head: bytes) -> bytes:
        _, found, rest = head.partition(b"content-length:")
        if found:
            return await self.reader.readexactly(int(rest.partition(b"\r\n")[0]))
        body = bytearray()
        while size := int(await self.reader.readline(), 16):
            body += await self.reader.readexactly(size)
            await self.reader.readline()
        await self.reader.readline()
        return bytes(body)

    def close(self) -> None:
        self.writer.close()


async def one_by_one(port: int, requests: Sequence[bytes], count: int) -> float:
    """Return the median milliseconds of requests that wait for each other."""
    connection = Connection(port)
    await connection.open()
    times = [await connection.send(requests[number % len(requests)]) for number in range(count)]
    connection.close()
    return statistics.median(times[count // 10 :])


async def together(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> float:
    """Return how many requests a second are answered when so many connections ask at once."""
    opened = [Connection(port) for _ in range(connections)]
    for connection in opened:
        await connection.open()
    end = time.perf_counter() + seconds

    async def keep_sending(connection: Connection, first: int) -> int:
        count = 0
        while time.perf_counter() < end:
            await connection.send(requests[(first + count) % len(requests)])
            count += 1
        return count

    start = time.perf_counter()
    counts = await asyncio.gather(*(keep_sending(each, number * 7) for number, each in enumerate(opened)))
    for connection in opened:
        connection.close()
    return sum(counts) / (time.perf_counter() - start)
