"""manage.py release: a person's computer is lost; here is the link for the new one."""

import segno
from django.core.management.base import CommandError, CommandParser

from accounts import services
from accounts.errors import AccountError
from accounts.models import Person
from accounts.names import name_key
from accounts.roles import LOGIN_SERVER, RoleCommand


class Command(RoleCommand):
    role = LOGIN_SERVER
    help = "Withdraw the devices of a person for good, and print the link and QR code for their new computer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: object, name: str, **options: object) -> None:
        person = Person.objects.filter(name_key=name_key(name)).first()
        if person is None:
            raise CommandError(f"Nobody is called {name}.")
        try:
            link = services.release(person)
        except AccountError as err:
            raise CommandError(err.sentence) from err
        segno.make(link).terminal(out=self.stdout, compact=True)
        self.stdout.write(link)
        self.stdout.write(f"For {person}, whose devices are withdrawn. Password, phone and backup codes stay.")
