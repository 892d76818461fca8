"""manage.py devices: whose computers this node knows."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from accounts.roles import RoleCommand
from peers.models import KnownPerson
from profiles.connection import Device, Standing, connection_with
from profiles.lookup import NoSuchPerson, person_named

STATES = {
    Standing.IN_USE: "written to",
    Standing.WITHDRAWN: "withdrawn",
    Standing.WAITS: "new, waits for your decision",
    Standing.HELD: "held until you decide",
    Standing.NOT_LISTED: "not on the trusted list",
    Standing.LEFT: "account has ended",
    Standing.ENDED: "certificate has ended",
    Standing.DOUBTED: "not written to",
}


class Command(RoleCommand):
    help = "List the devices of everybody, or of one person: key, certificate, and whether they are written to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", nargs="?", help="a user name; left out, everybody")

    def handle(self, *args: Any, person: str | None, **options: Any) -> None:
        try:
            people = [person_named(person)] if person else list(KnownPerson.objects.order_by("user_name"))
        except NoSuchPerson as err:
            raise CommandError(str(err)) from err
        table = Table("User name", "Device", "Certified until", "State", "Last contact")
        for each in people:
            for device in connection_with(each).all:
                table.add_row(each.user_name, device.key[:16], *_row(device))
        Console(file=self.stdout, width=None if self.stdout.isatty() else 120).print(table)


def _row(device: Device) -> tuple[str, str, str]:
    until = f"{device.certified_until:%Y-%m-%d}" if device.certified_until else "never certified"
    met = f"{device.met_at:%Y-%m-%d %H:%M}" if device.met_at else "not yet"
    if device.withdrawn_at:
        return until, f"withdrawn on {device.withdrawn_at:%Y-%m-%d}", met
    return until, STATES[device.standing], met
