"""What the templates draw of a person: plain values, ready to show."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import Person
from peers.models import KnownPerson
from peers.prepared import Values
from profiles import markdown
from profiles.faces import hue, initials
from profiles.models import Fields
from profiles.others import is_due, namesakes, profile_of
from profiles.own import own_profile
from profiles.status import Shown, shown, shown_of_own

NOBODY = uuid.UUID(int=0)

_standing = Values(
    lambda pk: KnownPerson.objects.filter(pk=pk).values(
        "classic__pk",
        said=F("status__state"),
        saying=F("status__text"),
        saying_until=F("status__until"),
        compared_at=F("verification__at"),
    ),
    KnownPerson.id,
)


@dataclass(frozen=True, slots=True)
class Card:
    """A person's profile on a page. The fields that are empty were left so, or have not come yet."""

    uuid: uuid.UUID
    name: str
    user_name: str
    full_name: str
    position: str
    location: str
    time_zone: str
    # None where the zone is not known.
    local_now: datetime | None
    about: SafeString
    picture: str
    updated_at: datetime | None
    status: Shown = Shown()
    is_me: bool = False
    name_taken: bool = False
    online: bool = False
    last_seen: datetime | None = None
    received_at: datetime | None = None
    is_due: bool = False
    is_active: bool = True
    compared_at: datetime | None = None
    # Of the classic network, where nothing proves who somebody is.
    is_classic: bool = False
    # User names of others who are known by the same name, or by one that looks like it.
    namesakes: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        return self.status.state

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def hue(self) -> int:
        return hue(self.uuid)


@cache
def zones() -> list[str]:
    """Return the names of all time zones that this computer knows, regions only."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))


def time_in(zone: str) -> datetime | None:
    """Return the time in a zone, or None if this computer does not know it."""
    return timezone.localtime(timezone=ZoneInfo(zone)) if zone in zones() else None


@cache
def _pattern(view: str) -> str:
    return reverse(view, args=[NOBODY])


def address_of(view: str, person: uuid.UUID) -> str:
    """Return the address of a person's page. A list of everybody asks a thousand times, and `reverse` thinks long."""
    return _pattern(view).replace(str(NOBODY), str(person))


def picture_of(person: uuid.UUID, mark: str | None) -> str:
    """Return the address of a person's picture, new for each picture; empty without one."""
    return f"{address_of('profiles:picture', person)}?v={mark}" if mark else ""


def card_of(person: KnownPerson) -> Card:
    """Return the card of another person, from the last copy of their profile."""
    held = profile_of(person)
    status, compared_at, is_classic = standing(person)
    return Card(
        uuid=person.pk,
        name=person.name,
        user_name=person.user_name,
        name_taken=held.name_taken,
        status=status,
        online=status.is_here,
        last_seen=person.last_seen if status.tells_when else None,
        received_at=held.received_at,
        is_due=is_due(person, held),
        is_active=person.is_active,
        compared_at=compared_at,
        is_classic=is_classic,
        namesakes=() if is_classic else tuple(namesakes(person)),
        **_fields(person.pk, held),
    )


def standing(person: KnownPerson) -> tuple[Shown, datetime | None, bool]:
    """Return how a person is, when the safety number was compared, and whether they use the classic network.

    While their keys are in doubt, nothing counts as compared.
    """
    (row,) = _standing.all(person.pk)
    status = shown(person.online and person.is_active, row["said"], row["saying"], row["saying_until"])
    return status, None if person.key_changed else row["compared_at"], row["classic__pk"] is not None


def own_card(member: Person, draft: Fields | None = None) -> Card:
    """Return the member's own card, as it is or as they are about to save it."""
    held = draft or own_profile(member)
    return Card(
        uuid=member.pk,
        name=held.full_name or member.user_name,
        user_name=member.user_name,
        status=shown_of_own(),
        is_me=True,
        online=True,
        **_fields(member.pk, held),
    )


def _fields(person: uuid.UUID, held: Fields) -> dict[str, object]:
    return {
        "full_name": held.full_name,
        "position": held.position,
        "location": held.location,
        "time_zone": held.time_zone,
        "local_now": time_in(held.time_zone),
        "about": markdown.render(held.description) if held.description else SafeString(""),
        "picture": picture_of(person, held.picture_mark),
        "updated_at": held.updated_at,
    }
