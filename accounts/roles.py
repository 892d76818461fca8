"""Commands that belong to one role, and refuse to run in the other."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

NODE, LOGIN_SERVER = "node", "login-server"
REFUSALS = {
    NODE: "This is a login server, and only a node can do this. Run it with PEERNET_ROLE=node.",
    LOGIN_SERVER: "This is a node, and only a login server can do this. Run it with PEERNET_ROLE=login-server.",
}


class RoleCommand(BaseCommand):
    """A command of the role named in `role`."""

    role = NODE

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run, if this is the place for it. Raises `CommandError`."""
        # A role that does not exist at all is for the checks to report.
        if self.role != settings.PEERNET_ROLE and settings.PEERNET_ROLE in REFUSALS:
            raise CommandError(REFUSALS[self.role])
        return super().execute(*args, **options)
