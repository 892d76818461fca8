"""manage.py invite: ask a person in."""

import segno
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import services
from accounts.errors import AccountError
from accounts.models import Person


class Command(BaseCommand):
    help = "Invite a person, and print the link and QR code to hand over."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--display-name", default="", help="as colleagues know them, for example 'Alice Martin'")
        parser.add_argument("--admin", action="store_true", help="may use the admin pages")
        parser.add_argument("--days", type=int, default=7, help="how long the link works")

    def handle(self, *args: object, name: str, admin: bool, days: int, **options: object) -> None:
        if not 1 <= days <= 90:
            raise CommandError("--days is between 1 and 90.")
        role = Person.Role.ADMIN if admin else Person.Role.PERSON
        try:
            invitation, token = services.invite(name, role=role, days=days, display_name=options["display_name"])
        except AccountError as err:
            raise CommandError(err.sentence) from err
        link = services.invitation_link(token)
        segno.make(link).terminal(out=self.stdout, compact=True)
        self.stdout.write(link)
        self.stdout.write(f"For {invitation.person}, once, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC.")
