"""Other people's profiles: asked for, taken in if they are newer, kept for when their owner is away."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.looks import are_alike
from peers import events, outbox
from peers.entries import moment
from peers.member.membership import member
from peers.models import KnownPerson, PeerDevice
from peers.own import own_device
from peers.prepared import Many, Select, Values
from peers.protocol.codec import encode
from peers.protocol.profile import Profile as WireProfile
from profiles import arrivals
from profiles.errors import BadPicture
from profiles.models import Profile
from profiles.own import mark_of
from profiles.payloads import REQUEST, ProfileRequest

# They send every change by themselves; this only heals what a restored or copied home has lost.
FRESH_FOR = timedelta(hours=1)
ASK_EVERY = timedelta(minutes=1)
# A page waits so long for a first copy; one that comes later is put in by script.
PATIENCE = 0.3
# More are not needed to make somebody careful.
MOST_NAMED = 3

_held = Select(lambda person: Profile.objects.filter(person=person).defer("picture"), Profile.person)
_alike = Values(
    lambda looks, person: (
        KnownPerson.objects.filter(Q(look__in=[looks]) | Q(shown_look__in=[looks]), classic=None)
        .exclude(pk=person)
        .order_by("known_since")
        .values("user_name")[:MOST_NAMED]
    ),
    Many(KnownPerson.look),
    KnownPerson.id,
)


def profile_of(person: KnownPerson) -> Profile:
    """Return the last copy of a person's profile but for the picture, an empty one if none has come."""
    return _held.first(person.pk) or Profile(person=person)


def is_due(person: KnownPerson, held: Profile | None = None) -> bool:
    """Tell whether it makes sense to ask this person's node for their profile now."""
    now, held = timezone.now(), held or profile_of(person)
    is_old = held.received_at is None or held.received_at < now - FRESH_FOR
    was_asked = held.asked_at is not None and held.asked_at >= now - ASK_EVERY
    return person.online and is_old and not was_asked and person.devices.filter(pinned=True).exists()


@transaction.atomic
def ask(person: KnownPerson) -> bool:
    """Ask a person's devices for their profile, and tell whether there is any to ask."""
    own, devices = own_device(), list(person.devices.filter(pinned=True))
    if own is None or not devices:
        return False
    held, _ = Profile.objects.get_or_create(person=person)
    body = encode(ProfileRequest(held.version))
    for device in devices:
        outbox.enqueue(own, device, REQUEST, outbox.NO_CONVERSATION, body)
    Profile.objects.filter(pk=held.pk).update(asked_at=timezone.now())
    return True


def look_for(person: KnownPerson) -> bool:
    """Ask for a person's profile if it is time to. The first time, wait a moment for it, and tell whether it came."""
    held = profile_of(person)
    if not is_due(person, held):
        return False
    with arrivals.expecting(person.pk) as arrived:
        ask(person)
        # Whoever was asked before and sent nothing has nothing to send.
        is_first = held.received_at is None and held.asked_at is None
        return is_first and _may_answer(person) and arrived.wait(PATIENCE)


def _may_answer(person: KnownPerson) -> bool:
    return person.devices.filter(pinned=True, lane__failing_since=None).exists()


def take(peer: PeerDevice, wire: WireProfile) -> bool:
    """Store a newer profile of a device's person, and tell whether it was newer. Runs in the caller's transaction."""
    held, _ = Profile.objects.select_for_update().get_or_create(person_id=peer.person_id)
    now = timezone.now()
    if wire.version <= held.version:
        Profile.objects.filter(pk=held.pk, version=wire.version).update(received_at=now)
        return False
    held.version, held.received_at, held.updated_at = wire.version, now, _moment(wire.updated, now)
    held.full_name, held.position, held.location = wire.full_name, wire.position, wire.location
    held.time_zone, held.description = wire.time_zone, wire.description
    held.picture = _picture(wire.picture)
    held.picture_mark = mark_of(held.picture)
    held.name_taken = is_taken(wire.full_name, held)
    held.save()
    shown = "" if held.name_taken else held.full_name
    KnownPerson.objects.filter(pk=held.person_id).update(full_name=shown)
    events.publish("people")
    transaction.on_commit(partial(arrivals.came, peer.person_id))
    return True


def _moment(seconds: int, now: datetime) -> datetime:
    """Return when they say that they changed it; nobody changes a profile tomorrow."""
    return min(now, moment(seconds))


def _picture(data: bytes) -> bytes:
    """Return their picture as this node encodes it; nothing for one that is no picture, and initials are shown."""
    if not data:
        return b""
    # Here: a node at rest has no decoder in memory.
    from profiles.pictures import their_picture

    try:
        return their_picture(data)
    except BadPicture:
        return b""


def namesakes(person: KnownPerson) -> list[str]:
    """Return the user names of others who are known by the same name, or by one that looks like it."""
    looks = {person.look, person.shown_look} - {""}
    return [row["user_name"] for row in _alike.all(looks, person.pk)] if looks else []


def is_taken(full_name: str, held: Profile) -> bool:
    """Tell whether a name is, or looks like, another's here: the member's own, or that of a person known by it."""
    if not full_name:
        return False
    # Names of the classic network are anybody's for the taking, so they take none from a person with a device.
    own, others = member(), KnownPerson.objects.filter(classic=None).exclude(pk=held.person_id)
    names = [(own.user_name, own.display_name)] if own else []
    names += others.filter(~Q(full_name="") | ~Q(display_name="") | ~Q(user_name="")).values_list(
        "user_name", "display_name", "full_name"
    )
    return any(name and are_alike(full_name, name) for each in names for name in each)
