"""What the templates draw of a person: plain values, ready to show."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from peers.models import KnownPerson
from profiles import markdown
from profiles.faces import hue, initials
from profiles.models import Fields, Verification
from profiles.others import is_due, profile_of
from profiles.own import own_profile


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
    is_me: bool = False
    name_taken: bool = False
    online: bool = False
    last_seen: datetime | None = None
    received_at: datetime | None = None
    is_due: bool = False
    is_active: bool = True
    compared_at: datetime | None = None

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


def picture_of(person: uuid.UUID, mark: str | None) -> str:
    """Return the address of a person's picture, new for each picture; empty without one."""
    return f"{reverse('profiles:picture', args=[person])}?v={mark}" if mark else ""


def card_of(person: KnownPerson) -> Card:
    """Return the card of another person, from the last copy of their profile."""
    held = profile_of(person)
    return Card(
        uuid=person.pk,
        name=person.name,
        user_name=person.user_name,
        name_taken=held.name_taken,
        online=person.online,
        last_seen=person.last_seen,
        received_at=held.received_at,
        is_due=is_due(person, held),
        is_active=person.is_active,
        compared_at=compared_at(person),
        **_fields(person.pk, held),
    )


def compared_at(person: KnownPerson) -> datetime | None:
    """Return when the member compared the safety number with a person; None while their keys are in doubt."""
    if person.key_changed:
        return None
    return Verification.objects.filter(person=person).values_list("at", flat=True).first()


def own_card(person: uuid.UUID, user_name: str, shown: Fields | None = None) -> Card:
    """Return the member's own card, as it is or as they are about to save it."""
    held = shown or own_profile()
    return Card(
        uuid=person,
        name=held.full_name or user_name,
        user_name=user_name,
        is_me=True,
        online=True,
        **_fields(person, held),
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
