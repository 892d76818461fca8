"""Check, migrate and serve: the login server."""

import asyncio
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.conf import settings

from accounts.roles import LOGIN_SERVER, RoleCommand
from peernet import database_key
from peernet.server.doors import login_server_doors


class Command(RoleCommand):
    role = LOGIN_SERVER
    help = "Run the login server: the admin's pages and the calls for nodes."

    def handle(self, *args: Any, **options: Any) -> None:
        from peernet.schema import bring_up_to_date
        from peernet.server.run import serve

        bring_up_to_date()
        pair = self.publish_card()
        doors = login_server_doors()
        from peernet.asgi import application

        background = Background()
        self.stdout.write(f"Admin: http://127.0.0.1:{doors[0].port}/admin/  Nodes: port {doors[1].port}, TLS 1.3")
        if settings.PEERNET_CLASSIC:
            self.stdout.write(f"Classic programs, unprotected: port {doors[2].port}, plain HTTP")
        self.stdout.flush()
        serve(application, doors, pair, started=background.start, ending=background.stop)

    def publish_card(self) -> bytes:
        """Return the TLS key and certificate, once the server's card names them."""
        from accounts import server_card
        from peernet.server.tls import load_pair

        home = settings.PEERNET_HOME
        key = database_key.load(home, Path(home / "peernet.sqlite3"), settings.PEERNET_KEY)
        pair = load_pair(home / "tls.pem", key)
        server_card.publish(x509.load_pem_x509_certificate(pair).fingerprint(hashes.SHA256()))
        return pair


class Background:
    """What runs as long as the doors are open: the sweeper, and the listener that wakes waiting nodes."""

    def __init__(self) -> None:
        from peers.presence import Sweeper

        self.sweeper = Sweeper()
        self.listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Called on the server's loop."""
        from peers import events, waiters

        loop = asyncio.get_event_loop()
        events.attach(loop)
        self.listening = loop.create_task(waiters.listen())
        self.sweeper.start()

    def stop(self) -> None:
        """End both."""
        if self.listening:
            self.listening.cancel()
        self.sweeper.stop()
