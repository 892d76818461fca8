"""TLS 1.3 where the certificate's fingerprint is the whole check: a node's certificate has no chain and no name."""

import contextlib
import hashlib
import socket
import ssl
import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context


class TLSAdapter(HTTPAdapter):
    """Checks a certificate's SHA-256; without one it takes any, and says in `seen` which one it met."""

    def __init__(self, fingerprint: bytes | None) -> None:
        self._fingerprint = fingerprint.hex() if fingerprint is not None else None
        self.seen: bytes | None = None
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._aborted = False
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_3)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        super().init_poolmanager(
            *args,
            **kwargs,
            ssl_context=context,
            assert_fingerprint=self._fingerprint,
            assert_hostname=False,
        )
        self.poolmanager.pool_classes_by_scheme = {"https": _pool_class(self)}

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Leave requests' own certificate settings out, or they would override the pin."""
        host, _ = super().build_connection_pool_key_attributes(request, False, None)
        return host, {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The pin is the whole check."""

    def connected(self, sock: socket.socket, certificate: bytes) -> None:
        """Note a connection that has just been made. Raises `ConnectionAbortedError` after `abort`."""
        self.seen = hashlib.sha256(certificate).digest()
        with self._lock:
            self._socket = sock
            if self._aborted:
                raise ConnectionAbortedError

    def abort(self) -> None:
        """End the connection under whoever reads from it."""
        with self._lock:
            self._aborted = True
            if self._socket is not None:
                # The plain socket's shutdown: TLS's own would take the connection's state from the reading thread.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _pool_class(adapter: TLSAdapter) -> type[HTTPSConnectionPool]:
    class Connection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            # urllib3 warns of a certificate that nobody checked: the first contact's is judged by the card it brings.
            self.is_verified = True
            made: Any = self.sock
            adapter.connected(made, made.getpeercert(binary_form=True))

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    return Pool
