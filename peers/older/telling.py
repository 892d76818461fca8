"""Who classic people are and how they are: asked of their own nodes, now and then, and never anywhere else."""

import logging
import math
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils import timezone

from peers import hooks
from peers.classic.ciphers import BadKey
from peers.classic.codes import ClassicError
from peers.classic.encryption import WITH_KEY, Opener
from peers.classic.year import Year
from peers.couriers import Couriers
from peers.models import ClassicPerson
from peers.older import agreement, settings
from peers.older.blocks import is_blocked
from peers.older.calling import client_of
from peers.older.client import Client
from peers.older.people import is_native
from peers.transport.errors import TransportError

log = logging.getLogger(__name__)

# A profile changes a few times a year. Only 2017 nodes tell how somebody is, which changes by the hour.
EVERY = {Year.Y2018: timedelta(minutes=30), Year.Y2017: timedelta(minutes=2)}
# Of a long list some are asked at each round of the clock.
AT_ONCE = 40
MAX_PICTURE = 1024 * 1024
PICTURE_SECONDS = 5.0
FIELDS = ("fullname", "position", "description", "location", "picture", "lastUpdated")
LONGEST = 4000


def due() -> list[int]:
    """Return the people who should be asked, those first who never were."""
    old = Q(asked_at=None) | Q(asked_at__lt=timezone.now() - EVERY[settings.year()])
    there = ClassicPerson.objects.filter(old, person__online=True, blocked=False).exclude(ip="")
    return list(there.order_by("asked_at").values_list("pk", flat=True)[:AT_ONCE])


def ask(person: ClassicPerson, client: Client) -> hooks.ClassicTold:
    """Return what a person's node tells. Raises `TransportError`."""
    told = opened(client.profile(person.user_name))
    status = client.status(person.user_name) if settings.year() is Year.Y2017 else ""
    return hooks.ClassicTold(
        full_name=told.get("fullname", ""),
        position=told.get("position", ""),
        description=told.get("description", ""),
        location=told.get("location", ""),
        updated_at=_moment(told.get("lastUpdated", "")),
        status=status,
        picture=_picture(person, told.get("picture", ""), client),
    )


def opened(told: dict[str, str]) -> dict[str, str]:
    """Return the fields of a profile, decrypted if it came encrypted; nothing of what cannot be."""
    try:
        standard = int(told.get("encryption") or 0)
        key = settings.own_key() if standard in WITH_KEY else None
        opener = Opener(standard, settings.year(), key, told.get("decryptionKey", ""))
        found = {name: told[name] for name in FIELDS if told.get(name)}
        return {name: opener.open(text)[:LONGEST] for name, text in found.items()}
    except (ValueError, ClassicError, BadKey):
        return {}


def _moment(text: str) -> datetime | None:
    try:
        said = float(text)
    except ValueError:
        return None
    now = timezone.now()
    if not math.isfinite(said) or not 0 < said <= now.timestamp():
        return None
    return datetime.fromtimestamp(said, UTC)


def _picture(person: ClassicPerson, address: str, client: Client) -> bytes | None:
    """Return a picture that lies on the person's own node; any other address is not even looked up."""
    path = local_path(address, person.ip, person.port)
    if path is None:
        return None
    try:
        return client.fetch(path, PICTURE_SECONDS, MAX_PICTURE)
    except TransportError:
        return None


def local_path(address: str, ip: str, port: int) -> str | None:
    """Return the path of an address on this very node, or None if it leads anywhere else."""
    try:
        found = urlsplit(address)
        if found.scheme != "http" or found.username or found.password:
            return None
        if (found.hostname or "", found.port or 80) != (ip, port):
            return None
    except ValueError:
        return None
    path = found.path or "/"
    if not path.isascii() or not path.isprintable() or " " in path:
        return None
    return f"{path}?{found.query}" if found.query else path


class Asker:
    """One person after the other. What fails is asked again when it is due."""

    def serve(self, pk: int, *, knock: bool, ending: Callable[[], bool]) -> float | None:
        """Ask for one person, and hand over what was told."""
        person = ClassicPerson.objects.select_related("person").filter(pk=pk, blocked=False).first()
        if person is None or not person.ip or is_native(person.user_name) or is_blocked(person.user_name):
            return None
        ClassicPerson.objects.filter(pk=pk).update(asked_at=timezone.now())
        try:
            with closing(client_of(person)) as client:
                hooks.hand_over_classic_told(person.person, ask(person, client))
                if not person.calls:
                    agreement.note_calls(person, client)
        except TransportError as err:
            log.info("a classic node tells nothing of its person: %s", type(err).__name__)
        return None

    def close_idle(self) -> None:
        """Nothing is kept open."""

    def close(self) -> None:
        """Nothing is kept open."""


class Askers(Couriers):
    """A thread of its own, so that no slow node holds up a message."""

    def __init__(self) -> None:
        super().__init__(1, carrier=Asker)  # type: ignore[arg-type]

    def look(self) -> None:
        """Ask for everybody who is due."""
        for person in due():
            self.wake(person)

    def _round(self) -> None:
        self.look()


askers = Askers()
