"""TLS 1.3 where the certificate's fingerprint is the whole check: a node's certificate has no chain and no name."""

import contextlib
import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context


@contextlib.contextmanager
def _corked(sock: Any) -> Iterator[None]:
    """Hold back what fills no segment, until the block ends."""
    if sock is None or not hasattr(socket, "TCP_CORK"):
        yield
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    try:
        yield
    finally:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)


class PinnedConnection(HTTPSConnection):
    """A connection that tells its pool once it is made."""

    pool: "PinnedPool"

    def connect(self) -> None:
        super().connect()
        # urllib3 warns of a certificate that nobody checked: the first contact's is judged by the card it brings.
        self.is_verified = True
        made: Any = self.sock
        self.pool.connected(made, made.getpeercert(binary_form=True))

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Let head and body of a call leave together, where the system can hold the first back."""
        with _corked(self.sock):
            super().request(*args, **kwargs)


class PinnedPool(HTTPSConnectionPool):
    """Checks a certificate's SHA-256; without one it takes any, and says in `seen` which one it met.

    It knows no proxy, follows no redirect, and the environment has no say in it.
    """

    ConnectionCls = PinnedConnection

    def __init__(self, host: str, port: int, fingerprint: bytes | None) -> None:
        context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_3)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        pin = fingerprint.hex() if fingerprint is not None else None
        super().__init__(host, port, ssl_context=context, assert_fingerprint=pin, assert_hostname=False)
        self.seen: bytes | None = None
        self._change = threading.Lock()
        self._socket: socket.socket | None = None
        self._aborted = False

    def _new_conn(self) -> Any:
        made: Any = super()._new_conn()
        made.pool = self
        return made

    def close(self) -> None:
        """Drop the connection that is kept; the next call makes another."""
        kept = self._get_conn()
        kept.close()
        self._put_conn(kept)

    def connected(self, sock: socket.socket, certificate: bytes) -> None:
        """Note a connection that has just been made. Raises `ConnectionAbortedError` after `abort`."""
        self.seen = hashlib.sha256(certificate).digest()
        with self._change:
            self._socket = sock
            if self._aborted:
                raise ConnectionAbortedError

    def abort(self) -> None:
        """End the connection under whoever reads from it."""
        with self._change:
            self._aborted = True
            if self._socket is not None:
                # The plain socket's shutdown: TLS's own would take the connection's state from the reading thread.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
