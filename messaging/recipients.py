"""Whom the member can write to, and on which devices."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings

from messaging.errors import CannotWriteTo
from peers.models import ClassicPerson, KnownPerson, PeerDevice
from peers.older.blocks import is_blocked
from peers.older.people import is_native
from peers.prepared import Many, Select

_devices = Select(
    lambda people: (
        PeerDevice.objects.filter(person__id__in=[people], pinned=True, withdrawn_at=None)
        .select_related("person")
        .order_by("pk")
    ),
    Many(KnownPerson.id),
)
_people = Select(lambda pks: KnownPerson.objects.filter(pk__in=[pks]).select_related("classic"), Many(KnownPerson.id))


@dataclass(slots=True)
class Recipient:
    """A person and the devices that we trust to be theirs."""

    person: KnownPerson | None
    devices: list[PeerDevice] = field(default_factory=list)
    # Somebody of the classic network, who has no device.
    classic: ClassicPerson | None = None

    @property
    def obstacle(self) -> str:
        """Why nothing can be sent to this person; empty if it can."""
        if self.person is None:
            return "Nobody of this name is known here. Nothing was sent."
        name = self.person.name
        if self.classic:
            return self._classic_obstacle(name)
        if not self.person.is_active:
            return f"{name} no longer has an account, so nothing can be sent. Ask your admin if that surprises you."
        if self.person.key_changed:
            return (
                f"The keys of {name} have changed, so nothing is sent until you decide. "
                "Call them and ask before you accept the new keys."
            )
        if not self.devices and self.person.devices.exists():
            return (
                f"{name} has no computer just now that can be written to: it was withdrawn, or its certificate "
                "has ended. You can go on when they have signed in on one that you trust."
            )
        if not self.devices:
            return f"{name} has not signed in on a computer yet, so nothing can be sent. Try again when they have."
        return ""

    def _classic_obstacle(self, name: str) -> str:
        if not settings.PEERNET_CLASSIC:
            return f"{name} is in the classic network, which is switched off here, so nothing can be sent."
        if self.classic and self.classic.blocked:
            return f"You blocked {name}, so nothing is sent and nothing is taken. Unblock them to write again."
        if is_blocked(name):
            return f"An admin of your network blocked {name}, so nothing is sent and nothing is taken."
        if is_native(name):
            return f"{name} has a PeerNet device now. Write to them there: this classic conversation is closed."
        return ""

    def check(self) -> None:
        """Raise `CannotWriteTo` if something stands in the way."""
        if obstacle := self.obstacle:
            raise CannotWriteTo(obstacle)


def recipients(people: Iterable[uuid.UUID]) -> dict[uuid.UUID, Recipient]:
    """Return each of these people with their pinned devices."""
    found: dict[uuid.UUID, Recipient] = {}
    wanted = set(people)
    for device in _devices.all(wanted) if wanted else ():
        found.setdefault(device.person_id, Recipient(device.person)).devices.append(device)
    if rest := wanted - set(found):
        known = {person.pk: person for person in _people.all(rest)}
        found |= {person: Recipient(known.get(person), classic=_classic(known.get(person))) for person in rest}
    return found


def _classic(person: KnownPerson | None) -> ClassicPerson | None:
    return getattr(person, "classic", None)


def recipient(person: uuid.UUID | None) -> Recipient:
    """Return a person with their pinned devices."""
    if person is None:
        return Recipient(None)
    return recipients([person])[person]
