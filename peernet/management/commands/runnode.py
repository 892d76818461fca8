"""Check, migrate and serve: a member's node."""

import asyncio
import threading
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.roles import RoleCommand
from peernet.server.doors import node_doors

# A machine that shuts down does not wait much longer.
STOP_SECONDS = 8


class Command(RoleCommand):
    help = "Run a node: its member's pages, the door for other nodes, and the couriers."

    def handle(self, *args: Any, **options: Any) -> None:
        from peernet.schema import bring_up_to_date
        from peernet.server.run import serve
        from peernet.server.tls import make_pair
        from peers.own import first_start

        bring_up_to_date()
        own = first_start(make_pair)
        # From here on this thread only waits; other threads have connections of their own.
        connection.close()
        pages, calls, *_ = doors = node_doors()
        from peernet.asgi import application

        key = "a passphrase" if settings.PEERNET_KEY == "passphrase" else "a key file"
        self.stdout.write(f"Pages: http://{pages.interface}:{pages.port}/  Other nodes: port {calls.port}, TLS 1.3")
        if settings.PEERNET_CLASSIC:
            self.stdout.write(f"The classic network, unprotected: port {settings.PEERNET_CLASSIC_PORT}, plain HTTP")
        self.stdout.write(f"The database's key is kept by {key}.")
        self.stdout.flush()
        serve(application, doors, bytes(own.tls_pair), started=_start_node, ending=_stop_node)


def _start_node() -> None:
    """Attach the pages' events to this loop, and start the couriers off it: their first steps read the database."""
    from peers import events

    events.attach(asyncio.get_event_loop())
    threading.Thread(target=_start_couriers, name="node-start").start()


def _start_couriers() -> None:
    from peers import node, warm

    warm.begin()
    node.start()
    connection.close()


def _stop_node() -> None:
    """End the couriers off this loop as well: they give back in the database what they hold."""
    ending = threading.Thread(target=_end, name="node-stop", daemon=True)
    ending.start()
    ending.join(STOP_SECONDS)


def _end() -> None:
    from peers import node, warm

    node.stop()
    warm.end()
