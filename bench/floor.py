"""The floor that every figure is compared with: Daphne, TLS 1.3, a bare Django view, one row committed and synced.

`python -m bench.floor PORT FOLDER` serves it. Nothing of PeerNet's rooms runs here but the doors' TLS.
"""

import asyncio
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import daphne.server
from django.conf import settings

if __name__ == "__main__":
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="floor", MIDDLEWARE=[])  # noqa: S106

from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

_threads = ThreadPoolExecutor(1)
_database: sqlite3.Connection


def _open(file: Path) -> None:
    global _database
    _database = sqlite3.connect(file, isolation_level=None)
    for line in ("journal_mode = WAL", "synchronous = FULL"):
        _database.execute(f"PRAGMA {line}")
    _database.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body BLOB)")


def _commit(body: bytes) -> None:
    _database.execute("INSERT INTO row (body) VALUES (?)", [body])


async def store(request: HttpRequest) -> HttpResponse:
    await asyncio.get_running_loop().run_in_executor(_threads, _commit, request.body)
    return HttpResponse(b"stored")


urlpatterns = [path("", store)]


def serve(port: int, folder: Path) -> None:
    from twisted.internet import reactor
    from twisted.internet.endpoints import SSL4ServerEndpoint

    from peernet.server.tls import ConnectionFactory, make_pair

    _threads.submit(_open, folder / "floor.sqlite3").result()
    server: Any = daphne.server.Server(get_asgi_application(), endpoints=["none"])
    server.endpoints = []
    endpoint = SSL4ServerEndpoint(reactor, port, ConnectionFactory(make_pair()), interface="127.0.0.1")
    server.ready_callable = lambda: endpoint.listen(server.http_factory)
    server.run()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
