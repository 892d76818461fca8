"""manage.py trace_message: how one message fared."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import localtime

from accounts.roles import RoleCommand
from messaging.tracing import Untraceable, trace


class Command(RoleCommand):
    help = "Tell every step and attempt of a message: when it was composed, sealed, carried, receipted and read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="the message's id, 32 hexadecimal digits: data-id in the page")

    def handle(self, *args: Any, id: str, **options: Any) -> None:
        try:
            found = trace(id)
        except Untraceable as err:
            raise CommandError(str(err)) from err
        self.stdout.write(f"This is {found.what}.")
        for step in found.past:
            self.stdout.write(f"{localtime(step.at):%Y-%m-%d %H:%M:%S.%f}"[:23] + f"  {step.what}")
        for what in found.present:
            self.stdout.write(f"{'now':<23}  {what}")
