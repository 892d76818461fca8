"""Check, migrate and serve: the login server."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from peernet import database_key
from peernet.server.doors import Door


class Command(BaseCommand):
    help = "Run the login server: the admin's pages and the calls for nodes."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PEERNET_ROLE != "login-server":
            raise CommandError("This is not a login server. Set PEERNET_ROLE=login-server.")
        from peernet.server.run import serve
        from peernet.server.tls import load_pair

        call_command("migrate", interactive=False, verbosity=0)
        home = settings.PEERNET_HOME
        key = database_key.load(home, Path(home / "peernet.sqlite3"), settings.PEERNET_KEY)
        doors = [
            Door("admin", "127.0.0.1", settings.PEERNET_ADMIN_PORT, "peernet.urls_login_server"),
            Door(
                "nodes", settings.PEERNET_NODES_INTERFACE, settings.PEERNET_NODES_PORT, "peernet.urls_login_api", True
            ),
        ]
        from peernet.asgi import application

        self.stdout.write(f"Admin: http://127.0.0.1:{doors[0].port}/admin/  Nodes: port {doors[1].port}, TLS 1.3")
        self.stdout.flush()
        serve(application, doors, load_pair(home / "tls.pem", key))
