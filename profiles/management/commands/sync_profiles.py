"""manage.py sync_profiles: ask everybody for their profile now."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.roles import RoleCommand
from peers import syncing
from peers.models import KnownPerson
from profiles import others
from profiles.models import Profile


class Command(RoleCommand):
    help = (
        "Ask everybody who can be written to for their profile, and carry the requests now. "
        "The answers come to the running node's door."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=int, default=60, help="how long to carry at most (default: 60)")

    def handle(self, *args: Any, seconds: int, **options: Any) -> None:
        if not 1 <= seconds <= 3600:
            raise CommandError("--seconds is between 1 and 3600.")
        asked = sum(others.ask(person) for person in KnownPerson.objects.filter(is_active=True))
        silent = 0
        for state in syncing.carry(seconds):
            silent = state.silent
        held = Profile.objects.filter(version__gt=0).count()
        self.stdout.write(f"{asked} people were asked; profiles of {held} are held here.")
        if silent:
            self.stdout.write(f"{silent} devices did not take the request now; it waits for them.")
