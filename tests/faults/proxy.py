"""A TCP proxy between two nodes. It sees only TLS, so its faults are those of a network: it holds, drops and cuts."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable

from tests.journeys.processes import free_port

CHUNK = 65536


class Way:
    """One direction of all connections of a proxy."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._mode = "open"
        # Seconds that each piece takes longer.
        self.delay = 0.0
        # Bytes came while the way was not open.
        self.reached = threading.Event()
        # Bytes went through.
        self.passed = threading.Event()
        self._twice = self._cut = False

    def hold(self) -> None:
        """Keep what comes, until `open`."""
        self._set("hold")

    def drop(self) -> None:
        """Swallow what comes: the other side hears nothing, and neither side is told."""
        self._set("drop")

    def open(self) -> None:
        """Let everything through."""
        self._set("open")

    def repeat_next(self) -> None:
        """Send the next piece twice, which TLS must notice."""
        self._twice = True

    def cut_next(self) -> None:
        """Cut the connection instead of letting the next piece through."""
        self._cut = True

    def carry(self, data: bytes, to: socket.socket, is_over: Callable[[], bool]) -> None:
        """Do with a piece what was ordered. Raises `OSError` to cut the connection."""
        if self._mode != "open":
            self.reached.set()
        if self.delay:
            time.sleep(self.delay)
        with self._change:
            self._change.wait_for(lambda: self._mode != "hold" or is_over())
        if is_over() or self._take("_cut"):
            raise ConnectionResetError
        if self._mode == "drop":
            return
        to.sendall(data * 2 if self._take("_twice") else data)
        self.passed.set()

    def wake(self) -> None:
        with self._change:
            self._change.notify_all()

    def _take(self, name: str) -> bool:
        was, _ = getattr(self, name), setattr(self, name, False)
        return was

    def _set(self, mode: str) -> None:
        with self._change:
            self._mode = mode
            self.reached.clear()
            self.passed.clear()
            self._change.notify_all()


class Proxy:
    """Listens where a node's card says, and carries to where it is."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, free_port()
        self.requests, self.answers = Way(), Way()
        self._connections: set[Connection] = set()
        self._is_cut = False
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Cut every connection, and let no other through."""
        self._is_cut = True
        for connection in list(self._connections):
            connection.close()

    def reset(self) -> None:
        """Cut every connection that there is: what was held is lost."""
        self.cut()
        self.mend()

    def mend(self) -> None:
        """Be a good network."""
        self.requests.open()
        self.answers.open()
        self.requests.delay = self.answers.delay = 0.0
        self._is_cut = False

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self._is_cut:
                    raise ConnectionRefusedError
                server = socket.create_connection(("127.0.0.1", self.target), timeout=3)
            except OSError:
                client.close()
                continue
            self._connections.add(Connection(self, client, server))

    def forget(self, connection: "Connection") -> None:
        self._connections.discard(connection)


class Connection:
    """Two sockets and the threads between them."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy, self.client, self.server, self.is_over = proxy, client, server, False
        for each in (client, server):
            each.settimeout(None)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, to, way in ((client, server, proxy.requests), (server, client, proxy.answers)):
            threading.Thread(target=self._pump, args=(source, to, way), daemon=True).start()

    def _pump(self, source: socket.socket, to: socket.socket, way: Way) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                way.carry(data, to, lambda: self.is_over)
        self.close()

    def close(self) -> None:
        self.is_over = True
        for each in (self.client, self.server):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for way in (self.proxy.requests, self.proxy.answers):
            way.wake()
        self.proxy.forget(self)
