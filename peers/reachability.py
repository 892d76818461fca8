"""Whether a person's computer and ours can reach each other, how, and what to do where they cannot."""

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from peers.models import KnownPerson, LoginServer, PeerDevice, Way
from peers.prepared import Select
from peers.pulls import open_pulls
from peers.ways import NOTED_EVERY

# A computer that just went away still counts as online for so long.
SILENCE = timedelta(seconds=90)
# A way that is used is noted once a minute; two pulls may lie 25 seconds apart.
FRESH = timedelta(seconds=NOTED_EVERY + 60)
A_DAY = timedelta(days=1)

_ways = Select(lambda person: Way.objects.filter(peer__person=person, peer__pinned=True), PeerDevice.person)

WAYS_OUT = (
    "Any one of these opens a way: forward a port of your router to this computer and name it in "
    "PEERNET_PEERS_ADDRESSES; join the same network or VPN; or run a node for the company at an address that both "
    "can reach."
)


class Reach(enum.Enum):
    """How what we write gets to a person's computer."""

    DIRECT = "direct"
    PULL = "pull"
    NO_WAY = "no way"
    UNKNOWN = "not known"

    @property
    def sentence(self) -> str:
        """What it means, for a person."""
        return SENTENCES[self]


SENTENCES = {
    Reach.DIRECT: "This computer reaches theirs directly.",
    Reach.PULL: "Their computer cannot be dialled, so it fetches from yours what you write, as soon as you write it.",
    Reach.NO_WAY: "Neither computer can reach the other.",
    Reach.UNKNOWN: "Their computer is not there now, or was not tried yet.",
}


def reach(person: KnownPerson) -> Reach:
    """Return the best way to any of a person's devices."""
    return best(reach_of_devices(person).values())


def reach_of_devices(person: KnownPerson) -> dict[int, Reach]:
    """Return the way to each of a person's devices that are written to and were ever tried, by their pks."""
    return {way.peer_id: _reach(way, person) for way in _ways.all(person.pk)}


def best(found: Collection[Reach]) -> Reach:
    """Return the best of several ways."""
    for each in (Reach.DIRECT, Reach.PULL, Reach.NO_WAY):
        if each in found:
            return each
    return Reach.UNKNOWN


def _is_there(person: KnownPerson) -> bool:
    """Whether the login server says so; one that is away says nothing."""
    return person.online and not LoginServer.objects.exclude(down_since=None).exists()


def _reach(way: Way, person: KnownPerson) -> Reach:
    now = timezone.now()
    if way.dialled_at and way.undialled_since is None:
        return Reach.DIRECT
    if _pulls(way):
        return Reach.PULL
    if way.undialled_since and now - way.undialled_since >= SILENCE and _is_there(person):
        return Reach.NO_WAY
    return Reach.UNKNOWN


def _pulls(way: Way) -> bool:
    """Whether a device keeps a pull open here: the node itself knows, a command beside it reads what was noted."""
    if open_pulls.is_served:
        return open_pulls.expects(way.peer_id)
    return way.pulled_at is not None and timezone.now() - way.pulled_at < FRESH


def no_way_sentence(name: str) -> str:
    """Return what the member is told where neither computer reaches the other."""
    return f"{name} is online, but neither of your two computers can reach the other. {WAYS_OUT}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line for `doctor`."""

    is_well: bool
    sentence: str


def findings() -> list[Finding]:
    """Return what is known of the ways between this node and others, our own first, then person by person."""
    return [_own(), *_people()]


def _own() -> Finding:
    now = timezone.now()
    reached = Way.objects.filter(reached_at__isnull=False).order_by("-reached_at").first()
    if reached is not None and now - reached.reached_at < A_DAY:
        return Finding(True, f"Other nodes dial this one; the last time that was noted: {_clock(reached.reached_at)}.")
    if Way.objects.filter(dialled_at__isnull=False, undialled_since=None).exists():
        if settings.PEERNET_PEERS_DIALLABLE == "yes":
            return Finding(True, "Nobody dialled this node today, though its settings say that others can.")
        return Finding(True, "Nobody dialled this node today: it fetches what is for it from those that it can dial.")
    if Way.objects.exists():
        return Finding(False, f"Nobody dials this node, and it can dial nobody. {WAYS_OUT}")
    return Finding(True, "Nobody was dialled yet, and nobody dialled this node.")


def _people() -> list[Finding]:
    people = KnownPerson.objects.filter(devices__way__isnull=False, devices__pinned=True).distinct()
    return [_person(each) for each in people.order_by("user_name")]


def _person(person: KnownPerson) -> Finding:
    found = reach(person)
    more = f" {WAYS_OUT}" if found is Reach.NO_WAY else ""
    return Finding(found is not Reach.NO_WAY, f"{person.name}: {found.value}. {found.sentence}{more}")


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"
