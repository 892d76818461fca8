"""manage.py demo: a login server and two members' nodes on this computer, with sample people."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from peernet.demo.network import FOLDER, Network, PortsBusy
from peernet.demo.people import join_classic, open_accounts
from peernet.demo.record import Record
from peernet.demo.screen import show_codes, show_network

HOME = FOLDER / "homes" / "server"


class Command(BaseCommand):
    help = "Run a login server and two nodes on this computer, with sample people, until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--codes", action="store_true", help="print fresh codes for the sample people, and end")
        which.add_argument("--reset", action="store_true", help="remove the demo's data, and end")

    def handle(self, *args: Any, codes: bool, reset: bool, **options: Any) -> None:
        if codes:
            show_codes(self._record_or_error())
        elif reset:
            self._reset()
        else:
            self._run()

    def _record_or_error(self) -> Record:
        record = Record.read()
        if record is None:
            raise CommandError("There is no demo yet. Start it with: make demo")
        return record

    def _reset(self) -> None:
        record = Record.read()
        if record and Network(record).is_running():
            raise CommandError("The demo is running. End it with Ctrl-C first.")
        Record.remove()
        self.stdout.write("The demo's data is gone. The next `make demo` starts anew.")

    def _run(self) -> None:
        if settings.PEERNET_HOME != HOME or settings.PEERNET_ROLE != "login-server":
            # The accounts are made where the login server keeps them.
            HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
            here = {"PEERNET_HOME": str(HOME), "PEERNET_ROLE": "login-server"}
            os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | here)  # noqa: S606
        if (record := Record.read()) is None:
            call_command("migrate", interactive=False, verbosity=0)
            record = open_accounts()
        if settings.PEERNET_CLASSIC:
            call_command("migrate", interactive=False, verbosity=0)
            join_classic(record)
        network = Network(record, settings.PEERNET_CLASSIC)
        try:
            network.settle_ports()
        except PortsBusy as err:
            raise CommandError(str(err)) from err
        record.write()
        with network:
            network.wait_until_ready()
            show_network(record)
            ended = network.wait()
        if ended:
            raise CommandError(f"{ended} ended by itself. Its words are in {network.log_of(ended)}")
