"""manage.py verify PERSON: the safety number to compare."""

from typing import Any

import segno
from django.core.management.base import CommandError, CommandParser

from accounts.roles import RoleCommand
from peers.protocol.safety import qr_text
from profiles.errors import ProfileError
from profiles.lookup import NoSuchPerson, person_named
from profiles.trust import Trust, mark_compared, trust_in

A_LINE = 4


class Command(RoleCommand):
    help = "Show the safety number with a person, to be compared with the one on their side."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="their user name")
        parser.add_argument("--qr", action="store_true", help="show it as a QR code too")
        parser.add_argument("--same", metavar="NUMBER", help="note that their side shows this very number")

    def handle(self, *args: Any, person: str, qr: bool, same: str | None, **options: Any) -> None:
        try:
            known = person_named(person)
            if same is not None:
                mark_compared(known, "".join(same.split()))
            trust = trust_in(known)
        except (NoSuchPerson, ProfileError) as err:
            raise CommandError(str(err) or type(err).__doc__) from err
        if trust.new:
            raise CommandError(
                f"The keys of {known} have changed, and nothing is sent until you decide: open the conversation first."
            )
        self._show(trust)
        if qr:
            segno.make(qr_text(trust.number), micro=False).terminal(out=self.stdout, compact=True)

    def _show(self, trust: Trust) -> None:
        for start in range(0, len(trust.groups), A_LINE):
            self.stdout.write(" ".join(trust.groups[start : start + A_LINE]))
        if trust.compared_at:
            self.stdout.write(f"You compared it on {trust.compared_at:%d %B %Y}.")
        else:
            self.stdout.write("Not compared yet. Call them, and read it to each other.")
