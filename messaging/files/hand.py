"""Files sent by hand, from a command: taken from the disk, sent, and carried until they are there."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db.models import QuerySet

from messaging.files import uploads
from messaging.files.errors import FileError
from messaging.files.models import Attachment
from messaging.models import Message
from messaging.sending import Composed, send_message
from peers import bell, syncing
from peers.blobs.couriers import FileCouriers
from peers.models import KnownPerson, Transfer
from peers.protocol.chunk import CHUNK, RUN

# Told how many bytes have been handled.
Note = Callable[[int], None]
LOOK_AGAIN = 0.2


class NoSuchPerson(FileError):
    """Nobody of this name is known here. The list of people in the pages shows the names."""


class Unreadable(FileError):
    """This file cannot be read."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be read: {why}.")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message with files."""

    # Their node said so, and this node heard it.
    delivered: bool
    # All is on their disk; that this node hears of it takes a running node.
    arrived: bool
    reason: str


def person_named(name: str) -> KnownPerson:
    """Return somebody by their account's name. Raises `NoSuchPerson`."""
    found = KnownPerson.objects.filter(user_name__iexact=name).first()
    if found is None:
        raise NoSuchPerson
    return found


def take(person: KnownPerson, path: Path, original: bool, note: Note) -> Attachment:
    """Bring a file of the disk into the tray. Raises `FileError` or `CannotWriteTo`."""
    try:
        with path.open("rb") as file:
            row = uploads.begin(person, path.name, path.stat().st_size, original=original)
            for first in range(0, row.chunks, RUN):
                part = file.read(RUN * CHUNK)
                uploads.put(row, first, part)
                note(len(part))
    except OSError as err:
        raise Unreadable(path, err.strerror or type(err).__name__) from err
    return uploads.finish(row)


def send(person: KnownPerson, text: str, files: Sequence[Attachment]) -> Message:
    """Send files that were taken, with words or without."""
    return send_message(Composed(person.pk, text, files=tuple(row.pk for row in files)))


def carry(message: Message, seconds: float, note: Note) -> Fate:
    """Carry a message and its files from this process, and wait until they are there, failed, or time is over."""
    end = time.monotonic() + seconds
    for _ in syncing.carry(seconds):
        pass
    mine = Transfer.objects.filter(
        incoming=False, transfer_id__in=message.attachments.values_list("transfer_id", flat=True)
    )
    with _couriers(frozenset(mine.values_list("pk", flat=True))):
        while True:
            note(sum(min(row.blob.size, row.sent * CHUNK) for row in mine.select_related("blob") if row.blob))
            fate = _fate(message, mine)
            if fate.delivered or fate.arrived or fate.reason or time.monotonic() > end:
                return fate
            time.sleep(LOOK_AGAIN)


@contextmanager
def _couriers(only: frozenset[UUID]) -> Iterator[None]:
    couriers = FileCouriers(only=only)
    couriers.start()
    try:
        yield
    finally:
        couriers.stop()
        # The rest, if there is one, goes on from the running node.
        bell.ring()


def _fate(message: Message, mine: QuerySet[Transfer]) -> Fate:
    message.refresh_from_db(fields=["state", "reason"])
    there = (Transfer.State.ARRIVED, Transfer.State.DONE)
    return Fate(
        delivered=message.state in (Message.State.DELIVERED, Message.State.READ),
        arrived=not mine.exclude(state__in=there).exists(),
        reason=message.reason if message.state == Message.State.FAILED else "",
    )
