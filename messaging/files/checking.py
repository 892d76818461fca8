"""Looking at every file that is stored here: does it still open, and is it still what it was?"""

from collections.abc import Iterator
from dataclasses import dataclass

from messaging.files import vault
from messaging.files.models import Attachment
from messaging.files.names import shown

State = Attachment.State


@dataclass(frozen=True, slots=True)
class Checked:
    """One file, and what is wrong with it."""

    name: str
    size: int
    problem: str


def check_all() -> Iterator[Checked]:
    """Hash every file that is wholly here anew."""
    rows = Attachment.objects.filter(state=State.READY).select_related("blob").order_by("created_at")
    for row in rows.iterator(chunk_size=100):
        yield Checked(shown(row.name), row.size, _problem(row))


def _problem(row: Attachment) -> str:
    if row.blob is None:
        return "It is not on the disk any more."
    try:
        same = vault.sha256_of(row) == bytes(row.sha256)
    except vault.Unreadable:
        return "A part of it is missing or was changed."
    return "" if same else "It is another file than it was."
