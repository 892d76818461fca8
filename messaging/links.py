"""Which ways do not work now: to the login server, and to the person whose conversation is open."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from messaging.models import Message
from messaging.rows import Link
from peers import reachability
from peers.attempts import FULL
from peers.models import KnownPerson, Lane, LoginServer, PeerDevice
from peers.prepared import Select
from peers.reachability import Reach

_login_server = Select(lambda: LoginServer.objects.only("token", "down_since").order_by("pk")[:1])
_failing_lanes = Select(
    lambda person: Lane.objects.filter(peer__person=person, peer__pinned=True, failing_since__isnull=False).order_by(
        "-failing_since"
    ),
    PeerDevice.person,
)


def links(person: KnownPerson | None, found: Reach = Reach.UNKNOWN) -> list[Link]:
    """Return what the page says about broken ways, nothing when all is well; `found` is how the person is reached."""
    ways = [_server(), _peer(person, found) if person else None]
    return [link for link in ways if link]


def _server() -> Link | None:
    server = _login_server.first()
    if server is None:
        return None
    if not server.token:
        return Link(
            "server",
            "You are signed off at the login server, so others see you as offline. Sign in with your code to "
            "change that.",
        )
    if server.down_since is None:
        return None
    return Link(
        "server",
        f"The login server has not answered since {_clock(server.down_since)}. You can go on talking with the people "
        "you know; who is online may be out of date until it answers again.",
    )


def _peer(person: KnownPerson, found: Reach) -> Link | None:
    if found is Reach.NO_WAY:
        return Link("peer", f"{reachability.no_way_sentence(person.name)} What you write is kept here meanwhile.")
    failing = _failing_lanes.all(person.pk)
    if not failing or found is Reach.PULL or not (person.online or _waits(person.pk)) or _has_another(person, failing):
        return None
    if any(lane.last_error == FULL for lane in failing):
        return Link(
            "peer",
            f"The computer of {person.name} has no room for more messages. What you write is kept here and goes out by "
            "itself as soon as there is room; tell them.",
        )
    since = _clock(failing[0].failing_since)
    who = f"The computer of {person.name} has not" if len(failing) == 1 else f"No computer of {person.name} has"
    return Link(
        "peer",
        f"{who} answered since {since}. What you write is kept here and goes out by itself as soon as it answers.",
    )


def _has_another(person: KnownPerson, failing: Sequence[Lane]) -> bool:
    """Tell whether a person has a computer that does not fail: what it takes has reached them."""
    used = PeerDevice.objects.filter(person=person, pinned=True)
    return used.exclude(pk__in=[lane.peer_id for lane in failing]).exists()


def _waits(person: uuid.UUID) -> bool:
    waiting = Message.objects.filter(mine=True, state=Message.State.WAITING)
    return waiting.filter(conversation__direct_with=person).exists()


def _clock(at: datetime) -> str:
    at = timezone.localtime(at)
    if at.date() == timezone.localdate():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%B, %H:%M}"
