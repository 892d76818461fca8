"""The directory and the outbox now, once, in this thread; also while the node runs, for the lanes are leased."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils import timezone

from peers import bell
from peers.attempts import Carrier
from peers.follower import Follower
from peers.login_server import LoginServerClient, NotSignedIn, known
from peers.member.errors import NoLoginServer
from peers.models import Delivery, Lane, PeerDevice

WAITING = Delivery.State.WAITING
LOOK_AGAIN = 0.5


@dataclass
class Carried:
    """How far the outbox is."""

    devices: int
    served: int = 0
    # Deliveries that ended, and devices that go on waiting: for an answer, or for the node that serves them already.
    ended: int = 0
    silent: int = 0
    elsewhere: int = 0
    in_time: bool = True

    @property
    def waiting(self) -> int:
        """The deliveries that still wait."""
        return Delivery.objects.filter(state=WAITING, stream__closed_at=None).count()


def follow_directory(note: Callable[[int], None]) -> int:
    """Take in all that is new in the directory, and return how many changes that were.

    `note` is called with their number after each answer. Raises `LoginServerError` or `NoLoginServer`.
    """
    server = known()
    if server is None:
        raise NoLoginServer
    if not server.token:
        raise NotSignedIn
    client, follower, changes = LoginServerClient(server), Follower(lambda peer: None), 0
    try:
        while found := follower.follow(client, server, wait=0):
            changes += found
            note(changes)
            server.refresh_from_db()
    finally:
        client.close()
    return changes


def carry(seconds: float) -> Iterator[Carried]:
    """Serve every device that something waits for once, those who are online first; tell after each how far we are.

    A lane that another process holds is looked at again until it is free or `seconds` are over: the process may be
    the running node, which carries all the same, or one that was killed.
    """
    peers = list(_due())
    if not peers:
        yield Carried(0)
        return
    state, carrier, end = Carried(len(peers)), Carrier(), time.monotonic() + seconds
    yield state
    try:
        held: list[PeerDevice] = []
        for peer in peers:
            if time.monotonic() > end:
                state.in_time = False
                break
            held += [] if _serve(carrier, peer, end, state) else [peer]
            yield state
        if held:
            bell.ring()
        while held and time.monotonic() < end:
            time.sleep(LOOK_AGAIN)
            held = [peer for peer in held if not _serve(carrier, peer, end, state)]
            yield state
        state.elsewhere = len(held)
    finally:
        carrier.close()
        # What could not go now is the running node's to try again, and its pages have heard of nothing.
        bell.ring()
    yield state


def _due() -> Iterator[PeerDevice]:
    waits = Delivery.objects.filter(state=WAITING, stream__closed_at=None).values("stream__peer")
    yield from PeerDevice.objects.filter(pinned=True, pk__in=waits).order_by("-person__online", "pk")


def _serve(carrier: Carrier, peer: PeerDevice, end: float, state: Carried) -> bool:
    """Carry for one device, and note what came of it; tell whether the lane was ours to use."""
    before = _waiting(peer)
    pause = carrier.serve(peer.pk, knock=False, ending=lambda: time.monotonic() > end)
    if pause is not None and _is_held(carrier, peer):
        return False
    state.served += 1
    state.ended += max(0, before - _waiting(peer))
    state.silent += pause is not None
    return True


def _is_held(carrier: Carrier, peer: PeerDevice) -> bool:
    lanes = Lane.objects.filter(peer=peer, leased_until__gt=timezone.now())
    return lanes.exclude(leased_by=carrier.name).exists()


def _waiting(peer: PeerDevice) -> int:
    return Delivery.objects.filter(stream__peer=peer, stream__closed_at=None, state=WAITING).count()
