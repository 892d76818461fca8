"""A node that notes which chunks of files come, and which it stored: `python -m tests.journeys.counted runnode`.

The patches are made here, from outside: the product holds no switch for a test.
"""

import os
import sys
import time
from pathlib import Path

from tests.journeys.processes import Node

STORED_SECONDS = 120


class CountedNode(Node):
    """`manage.py runnode` that counts, also over its own deaths."""

    program = ("-m", "tests.journeys.counted")

    @property
    def notes(self) -> Path:
        return self.home.parent / f"{self.home.name}.chunks"

    @property
    def settings(self) -> dict[str, str]:
        return super().settings | {"COUNTED_CHUNKS": str(self.notes)}

    def count_anew(self) -> None:
        self.notes.write_text("")

    def counted(self) -> list[tuple[str, int]]:
        """Return what happened to which chunk, in its order."""
        lines = [line.split() for line in self.notes.read_text().splitlines()]
        return [(what, int(index)) for what, index in lines]

    def wait_until_stored(self, count: int) -> None:
        """Wait until so many chunks are stored."""
        end = time.monotonic() + STORED_SECONDS
        while sum(what == "stored" for what, _ in self.counted()) < count:
            assert time.monotonic() < end, f"{count} chunks never came"
            time.sleep(0.005)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peernet.settings")
    import django

    django.setup()
    from peers.blobs import door, store
    from peers.protocol.chunk import SEALED

    notes = os.open(os.environ["COUNTED_CHUNKS"], os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    judge, note = door._judge, store._note

    def write(what: str, indexes: range | list[int]) -> None:
        os.write(notes, "".join(f"{what} {index}\n" for index in indexes).encode())

    def judged(transfer_id, first, body):
        write("sent", range(first, first - (-len(body) // SEALED)))
        return judge(transfer_id, first, body)

    def noted(pk, indexes):
        blob = note(pk, indexes)
        write("stored", indexes)
        return blob

    door._judge, store._note = judged, noted
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
