"""manage.py export_directory: everybody as a table."""

import io
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.roles import RoleCommand
from profiles.exporting import write_csv, write_json

WRITERS = {"csv": write_csv, "json": write_json}


class Command(RoleCommand):
    help = "Write everybody whom this node knows as a table: name, position, place. It holds no words and no keys."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=sorted(WRITERS), default="csv")
        parser.add_argument("--output", type=Path, help="a file to write; left out, the terminal")

    def handle(self, *args: Any, format: str, output: Path | None, **options: Any) -> None:
        text = io.StringIO(newline="")
        count = WRITERS[format](text)
        if output is None:
            self.stdout.write(text.getvalue(), ending="")
            return
        try:
            # "x": what is there already is somebody's.
            with output.open("x", encoding="utf-8", newline="") as file:
                file.write(text.getvalue())
        except OSError as err:
            raise CommandError(f"{output} could not be written: {err.strerror}. Name another file.") from err
        self.stdout.write(f"{count} people were written to {output}.")
