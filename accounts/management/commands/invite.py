"""manage.py invite: ask a person in."""

import segno
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser

from accounts import services
from accounts.errors import AccountError
from accounts.models import Invitation, Person
from accounts.names import name_key
from accounts.roles import LOGIN_SERVER, RoleCommand


class Command(RoleCommand):
    role = LOGIN_SERVER
    help = "Invite a person, and print the link and QR code to hand over."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--display-name", default="", help="as colleagues know them, for example 'Alice Martin'")
        parser.add_argument("--admin", action="store_true", help="may use the admin pages")
        parser.add_argument("--days", type=int, default=7, help="how long the link works")
        parser.add_argument("--again", action="store_true", help="a new link for somebody whose account is not open")

    def handle(self, *args: object, days: int, **options: object) -> None:
        if not 1 <= days <= 90:
            raise CommandError("--days is between 1 and 90.")
        # The first invitation comes before the first start.
        call_command("migrate", interactive=False, verbosity=0)
        try:
            invitation, token = self.invited(days, **options)
        except AccountError as err:
            raise CommandError(err.sentence) from err
        link = services.invitation_link(token)
        segno.make(link).terminal(out=self.stdout, compact=True)
        self.stdout.write(link)
        self.stdout.write(f"For {invitation.person}, once, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC.")

    def invited(
        self, days: int, *, name: str, display_name: str, admin: bool, again: bool, **_: object
    ) -> tuple[Invitation, str]:
        """Return the invitation and its token. Raises `AccountError`, `CommandError`."""
        if not again:
            role = Person.Role.ADMIN if admin else Person.Role.PERSON
            return services.invite(name, role=role, days=days, display_name=display_name)
        person = Person.objects.filter(name_key=name_key(name)).first()
        if person is None:
            raise CommandError(f"Nobody is called {name}. Leave --again out to invite them.")
        return services.renew_invitation(person, days=days)
