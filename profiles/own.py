"""The member's own profile: saved whole, signed by this device, and sent to everybody we talk with."""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Person
from peers import events, outbox
from peers.member.membership import member
from peers.models import PeerDevice
from peers.own import own_device, signing_key
from peers.prepared import Select
from peers.protocol.codec import encode
from peers.protocol.profile import Profile as WireProfile
from peers.protocol.profile import sign_profile
from profiles.errors import NobodyYet
from profiles.models import PICTURE_MARK, OwnProfile
from profiles.payloads import CARD

_own = Select(lambda: OwnProfile.objects.order_by("pk")[:1])


@dataclass(frozen=True, slots=True)
class Wanted:
    """A profile as the member wants it. The picture is one of our own making, or nothing."""

    full_name: str
    position: str = ""
    location: str = ""
    time_zone: str = ""
    description: str = ""
    picture: bytes = b""


def mark_of(picture: bytes) -> str:
    """Return what names this very picture in an address; empty without one."""
    return hashlib.sha256(picture).hexdigest()[:PICTURE_MARK] if picture else ""


def own_profile(person: Person | None = None) -> OwnProfile:
    """Return the member's profile; before it is first saved, one with nothing but their name."""
    found = _own.first()
    if found is None:
        person = person or member()
        found = OwnProfile(full_name=(person.display_name or person.user_name) if person else "")
    return found


@transaction.atomic
def save_profile(wanted: Wanted) -> OwnProfile:
    """Store, sign and send the member's profile; the same again is no change. Raises `NobodyYet`."""
    own = own_device()
    if own is None or not own.person:
        raise NobodyYet
    row = OwnProfile.objects.select_for_update().first() or OwnProfile()
    if row.signed and _held(row) == wanted:
        return row
    now = time.time()
    # By the clock, so that a node restored from a backup does not go back to versions that others hold already.
    row.version = max(row.version + 1, int(now * 1000))
    row.updated_at = datetime.fromtimestamp(int(now), UTC)
    for name in ("full_name", "position", "location", "time_zone", "description", "picture"):
        setattr(row, name, getattr(wanted, name))
    row.picture_mark = mark_of(row.picture)
    profile = WireProfile(
        person=bytes(own.person),
        device=bytes(own.device),
        version=row.version,
        updated=int(now),
        full_name=row.full_name,
        position=row.position,
        location=row.location,
        time_zone=row.time_zone,
        description=row.description,
        picture=row.picture,
    )
    row.signed = encode(sign_profile(signing_key(own), profile))
    row.save()
    tell_everybody(row)
    events.publish("people")
    return row


def _held(row: OwnProfile) -> Wanted:
    return Wanted(row.full_name, row.position, row.location, row.time_zone, row.description, bytes(row.picture))


def tell_everybody(row: OwnProfile) -> int:
    """Send the profile to every device that we exchanged something with; return how many those are."""
    devices = list(acquainted())
    for device in devices:
        tell(row, device)
    return len(devices)


def tell(row: OwnProfile, device: PeerDevice) -> None:
    """Send the profile to one device."""
    outbox.enqueue(own_device(), device, CARD, outbox.NO_CONVERSATION, bytes(row.signed))


def acquainted() -> QuerySet[PeerDevice]:
    """Return the devices that we may write to and that have ever answered us, or asked us something."""
    has_met = Q(lane__last_success_at__isnull=False) | Q(in_streams__isnull=False)
    return PeerDevice.objects.filter(has_met, pinned=True).distinct()
