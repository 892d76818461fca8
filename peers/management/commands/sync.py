"""manage.py sync: the directory and the outbox now."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.roles import RoleCommand
from peers import syncing
from peers.login_server import LoginServerError
from peers.member.errors import SignInError


class Command(RoleCommand):
    help = (
        "Ask the login server for what is new, and carry what waits in the outbox, now. "
        "It works beside a running node. Ends with 1 when the login server could not be asked or time ran out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=int, default=90, help="how long to carry at most (default: 90)")

    def handle(self, *args: Any, seconds: int, **options: Any) -> None:
        if not 1 <= seconds <= 3600:
            raise CommandError("--seconds is between 1 and 3600.")
        problem = self._directory()
        state = self._outbox(seconds)
        if not state.in_time:
            problem = problem or f"{seconds} seconds were not enough. Run it again, or give it more: --seconds."
        if problem:
            raise CommandError(problem)

    def _directory(self) -> str:
        """Follow, and return what went wrong."""
        try:
            changes = syncing.follow_directory(lambda so_far: self._progress(f"Directory: {so_far} changes"))
        except (LoginServerError, SignInError) as err:
            self._summary("Directory: not asked.")
            return err.sentence
        self._summary(f"Directory: {changes} {'change' if changes == 1 else 'changes'}.")
        return ""

    def _outbox(self, seconds: int) -> syncing.Carried:
        for state in syncing.carry(seconds):
            self._progress(f"Outbox: {state.served} of {state.devices} devices, {state.ended} done")
        self._summary(f"Outbox: {state.ended} done, {state.waiting} still waiting.")
        of = f"of {state.devices} devices"
        if state.silent:
            self.stdout.write(f"{state.silent} {of} did not take theirs now; it goes on waiting.")
        if state.elsewhere:
            self.stdout.write(f"{state.elsewhere} {of} are held by another process, which carries or is dead.")
        return state

    def _progress(self, line: str) -> None:
        """Write over the line of before, where somebody watches."""
        if self.stdout.isatty():
            self.stdout.write(f"\r{line:<70}", ending="")
            self.stdout.flush()

    def _summary(self, line: str) -> None:
        self._progress("")
        self.stdout.write(f"\r{line}" if self.stdout.isatty() else line)
