"""manage.py send: files to somebody, from the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from accounts.roles import RoleCommand
from messaging.errors import MessagingError
from messaging.files import hand
from messaging.files.models import Attachment

PATIENCE = 24 * 3600


class Command(RoleCommand):
    help = (
        "Send files to somebody, as one message. Ends with 0 when all of them are on the recipient's disk, "
        "and with 1 when that failed or took too long; what is on its way then goes on while the node runs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="whom: the name of their account")
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--text", default="", help="words that go with the files")
        parser.add_argument("--original", action="store_true", help="send photos with place, time and camera")
        parser.add_argument("--seconds", type=int, default=PATIENCE, help="how long to wait at most (default: a day)")

    def handle(self, user: str, files: list[Path], text: str, original: bool, seconds: int, **options: Any) -> None:
        try:
            person = hand.person_named(user)
            message = hand.send(person, text, self._take(person, files, original))
            total = sum(row.size for row in message.attachments.all())
            with self._bar("Sending", total) as note:
                fate = hand.carry(message, seconds, note)
        except MessagingError as err:
            raise CommandError(err.sentence) from err
        if fate.reason:
            raise CommandError(fate.reason)
        if not (fate.delivered or fate.arrived):
            raise CommandError(f"{person.name} does not have all of it yet. It goes on while the node runs.")
        self.stdout.write(f"{person.name} has {'it' if len(files) == 1 else f'all {len(files)} files'}.")

    def _take(self, person: Any, files: list[Path], original: bool) -> list[Attachment]:
        taken = 0
        total = sum(path.stat().st_size for path in files if path.is_file())
        rows = []
        with self._bar("Encrypting", total) as note:
            for path in files:

                def more(size: int) -> None:
                    nonlocal taken
                    taken += size
                    note(taken)

                rows.append(hand.take(person, path, original, more))
        return rows

    @contextmanager
    def _bar(self, what: str, total: int) -> Iterator[hand.Note]:
        """Show how far it is, where somebody watches."""
        columns = (TextColumn(what), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        console = Console(file=self.stdout._out)
        with Progress(*columns, console=console, transient=True, disable=not self.stdout.isatty()) as progress:
            task = progress.add_task(what, total=total)
            yield lambda done: progress.update(task, completed=done)
