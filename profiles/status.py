"""How people are: what the member wants others to see, and what others say of themselves.

Sent from node to node as a payload, so the login server knows only whether a node is there, never a word of this.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from peers import events, outbox
from peers.entries import moment
from peers.models import PeerDevice
from peers.own import own_device
from peers.prepared import Select
from peers.protocol.codec import encode
from profiles.models import OwnStatus, Status, StatusTold
from profiles.own import acquainted
from profiles.payloads import STATUS, ProfileStatus, State

LABELS = {
    State.ONLINE: "Online",
    State.IDLE: "Idle",
    State.AWAY: "Away",
    State.BUSY: "Do not disturb",
    State.HIDDEN: "Offline",
}
OFFLINE = "offline"
# Nobody keeps a lunch on the screen for longer.
LONGEST = timedelta(days=30)

_own = Select(lambda: OwnStatus.objects.order_by("pk")[:1])


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of somebody: a state that names the mark's shape, its label, and their few words."""

    state: str = OFFLINE
    label: str = "Offline"
    text: str = ""
    # Whether to say when they were seen last.
    tells_when: bool = True

    @property
    def is_here(self) -> bool:
        return self.state != OFFLINE


def shown(online: bool, state: str | None, text: str | None, until: datetime | None) -> Shown:
    """Return how somebody is shown: offline if their node is away or they hide it, else as they say."""
    if state == State.HIDDEN.value:
        return Shown(tells_when=False)
    if not online:
        return Shown()
    words = text if text and (until is None or until > timezone.now()) else ""
    said = State(state) if state else State.ONLINE
    return Shown(said.value, LABELS[said], words)


def shown_of_own(row: OwnStatus | None = None) -> Shown:
    """Return how others are shown the member."""
    row = row or own_status()
    return shown(True, said(row).state.value, said(row).text, row.until)


def own_status() -> OwnStatus:
    """Return what the member chose; at first, to be shown as online or idle without words."""
    return _own.first() or OwnStatus()


def wants_silence(row: OwnStatus | None = None) -> bool:
    """Tell whether the member asked not to be disturbed, whatever others are shown."""
    row = row or own_status()
    return row.choice == State.BUSY.value and (row.until is None or row.until > timezone.now())


def said(row: OwnStatus, now: datetime | None = None) -> ProfileStatus:
    """Return what others are told now."""
    now = now or timezone.now()
    is_over = row.until is not None and row.until <= now
    state = State(row.choice) if row.choice and not is_over else State.IDLE if row.idle else State.ONLINE
    if row.hidden:
        return ProfileStatus(State.HIDDEN, "", 0)
    until = int(row.until.timestamp()) if row.until and not is_over else 0
    return ProfileStatus(state, "" if is_over else row.text, until)


@transaction.atomic
def choose(choice: str, text: str, until: datetime | None, hidden: bool) -> None:
    """Store what the member wants others to see, and tell them. `choice` is a state, or empty: online or idle."""
    row = OwnStatus.objects.select_for_update().first() or OwnStatus()
    row.choice, row.text, row.until, row.hidden = choice, text, until, hidden
    row.save()
    tell_everybody()
    events.publish("people")


@transaction.atomic
def note_idle(idle: bool) -> None:
    """Note that the member's pages have, or have not, seen any input of late."""
    row = OwnStatus.objects.select_for_update().first() or OwnStatus()
    row.idle = idle
    row.save()
    tell_everybody()
    events.publish("people")


@transaction.atomic
def tell_everybody() -> None:
    """Tell those who are there and do not know; the others are told when they come back."""
    for device in acquainted().filter(person__online=True):
        tell(device)


@transaction.atomic
def tell(device: PeerDevice) -> bool:
    """Tell one device how the member is, if it was told something else; tell whether it was."""
    body = encode(said(own_status()))
    told, is_first = StatusTold.objects.get_or_create(peer=device)
    # Whoever was never told takes us for online, so there is nothing to say.
    if bytes(told.body) == body or (is_first and body == encode(ProfileStatus(State.ONLINE, "", 0))):
        return False
    outbox.enqueue(own_device(), device, STATUS, outbox.NO_CONVERSATION, body)
    StatusTold.objects.filter(pk=told.pk).update(body=body)
    return True


def take(peer: PeerDevice, wire: ProfileStatus, clock: int) -> bool:
    """Store what a device says of its person, and tell whether that was news. An older word changes nothing."""
    held, _ = Status.objects.select_for_update().get_or_create(person_id=peer.person_id)
    if clock <= held.clock:
        return False
    until = moment(wire.until) if wire.until else None
    held.state, held.text, held.clock = wire.state.value, wire.text, clock
    held.until = min(until, timezone.now() + LONGEST) if until else None
    held.save()
    events.publish("people")
    return True


def seconds_left() -> float | None:
    """Return how long the member's words and choice still hold, None for ever."""
    row = own_status()
    return (row.until - timezone.now()).total_seconds() if row.until else None


@transaction.atomic
def end_words() -> None:
    """Go back to online or idle without words: what the member chose has ended."""
    row = OwnStatus.objects.select_for_update().first()
    if row is not None and row.until is not None and row.until <= timezone.now():
        row.choice, row.text, row.until = "", "", None
        row.save()
        tell_everybody()
        events.publish("people")
