"""What the post office hands us: profiles that arrived, and requests for ours."""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from peers import hooks
from peers.models import Delivery, KnownPerson, PeerDevice
from peers.protocol import comparison
from peers.protocol.codec import Wire, decode
from peers.protocol.errors import Malformed, ProtocolError
from peers.protocol.payload import Payload
from peers.protocol.profile import MAX_SIGNED, is_line, read_profile
from peers.protocol.signing import Signed
from profiles import comparing, others, status, trust
from profiles.attention import attention
from profiles.models import OwnProfile, Profile, StatusTold
from profiles.own import acquainted, tell
from profiles.payloads import ANSWER, ASK, CARD, END, KEY, PROOF, REQUEST, STATUS, ProfileRequest, ProfileStatus
from profiles.trust import What

# A person changes a profile a few times a year; making a picture anew costs some milliseconds.
CARDS = RateLimitItemPerMinute(20)
REQUESTS = RateLimitItemPerMinute(10)
STATUSES = RateLimitItemPerMinute(60)
COMPARISONS, ASKED = RateLimitItemPerMinute(60), RateLimitItemPerMinute(6)
# In a large network not everybody is asked at the first start; opening a page asks too.
MEETINGS = RateLimitItemPerMinute(60)

DELIVERED = Delivery.State.DELIVERED

# In memory, as one process holds a node's home.
_limiter = FixedWindowRateLimiter(MemoryStorage())


def _count(limit: RateLimitItem, what: str, peer: PeerDevice) -> None:
    if not _limiter.hit(limit, what, str(peer.pk)):
        raise hooks.Refused("too often")


@hooks.handles(CARD)
def take_card(peer: PeerDevice, payload: Payload) -> None:
    """Take in a newer profile of the sender."""
    _count(CARDS, CARD, peer)
    try:
        profile = read_profile(decode(Signed, payload.body, MAX_SIGNED))
        if profile.person != peer.person_id.bytes or not _is_theirs(peer, profile.device):
            raise hooks.Refused("another person's profile")
        others.take(peer, profile)
    except ProtocolError as err:
        raise hooks.Refused("no profile") from err


def _is_theirs(peer: PeerDevice, device: bytes) -> bool:
    """A person's devices pass their profile on as the one that wrote it signed it."""
    if device == bytes(peer.device):
        return True
    return PeerDevice.objects.filter(device=device, person=peer.person_id, pinned=True).exists()


@hooks.handles(REQUEST)
def answer_request(peer: PeerDevice, payload: Payload) -> None:
    """Send our profile to whoever of the network asks, if there is one."""
    _count(REQUESTS, REQUEST, peer)
    try:
        decode(ProfileRequest, payload.body)
    except ProtocolError as err:
        raise hooks.Refused("no request") from err
    # The ratchet that opened this is stored after us; what is sealed now would be lost with it.
    transaction.on_commit(lambda: _send(peer), robust=True)


@transaction.atomic
def _send(peer: PeerDevice) -> None:
    """Send both at once, so that they go in one bundle."""
    status.tell(peer)
    if (own := OwnProfile.objects.exclude(signed=b"").first()) is not None:
        tell(own, peer)


@hooks.handles(STATUS)
def take_status(peer: PeerDevice, payload: Payload) -> None:
    """Take in how the sender is."""
    _count(STATUSES, STATUS, peer)
    try:
        said = decode(ProfileStatus, payload.body)
        if not is_line(said.text):
            raise Malformed("status: words that cannot be shown as they are")
        status.take(peer, said, payload.clock)
    except ProtocolError as err:
        raise hooks.Refused("no status") from err


def _compares(kind: str, body: type[Wire]) -> None:
    """Hand what arrives under a kind to the comparison that it belongs to."""

    @hooks.handles(kind)
    def take_step(peer: PeerDevice, payload: Payload) -> None:
        _count(COMPARISONS, "compare", peer)
        if kind == ASK:
            _count(ASKED, ASK, peer)
        try:
            said = decode(body, payload.body)
        except ProtocolError as err:
            raise hooks.Refused("no step of a comparison") from err
        # The ratchet that opened this is stored after us; what is sealed now would be lost with it.
        transaction.on_commit(lambda: comparing.hear(peer, said), robust=True)


for _kind, _body in (
    (ASK, comparison.Ask),
    (ANSWER, comparison.Answer),
    (KEY, comparison.Key),
    (PROOF, comparison.Proof),
    (END, comparison.End),
):
    _compares(_kind, _body)


@receiver(hooks.deliveries_ended)
def greet(deliveries: list[Delivery], **_: Any) -> None:
    """Tell whoever got our first request or profile how the member is: they may never have been told."""
    streams = {row.stream_id for row in deliveries if row.kind in (CARD, REQUEST) and row.state == DELIVERED}
    for peer in PeerDevice.objects.filter(out_streams__in=streams, pinned=True) if streams else ():
        transaction.on_commit(partial(status.tell, peer), robust=True)


@receiver(hooks.delivery_given_up)
def forget_what_was_told(delivery: Delivery, **_: Any) -> None:
    """Tell it again when there is a way again."""
    if delivery.kind == STATUS:
        StatusTold.objects.filter(peer=delivery.stream.peer_id).delete()


@receiver(hooks.node_started)
def watch_attention(**_: Any) -> None:
    attention.start()


@receiver(hooks.node_ending)
def end_attention(**_: Any) -> None:
    attention.stop()


@receiver(hooks.keys_changed)
def note_changed_keys(person: KnownPerson, **_: Any) -> None:
    trust.note_change(person, What.KEYS_CHANGED)


@receiver(hooks.keys_judged)
def note_judgement(person: KnownPerson, accepted: bool, **_: Any) -> None:
    """Leave a trace. What was compared was another key, so the mark goes with it."""
    trust.note_change(person, What.KEYS_ACCEPTED if accepted else What.KEYS_REFUSED)
    if accepted:
        trust.forget(person)


@receiver(hooks.device_reachable)
def meet(peer: int, **_: Any) -> None:
    """Tell somebody who is there how the member is, and ask for their profile if it never came."""
    person = KnownPerson.objects.filter(devices=peer, online=True).first()
    if person is None:
        return
    if (device := acquainted().filter(pk=peer).first()) is not None:
        status.tell(device)
    if Profile.objects.filter(person=person, version__gt=0).exists():
        return
    if others.is_due(person) and _limiter.hit(MEETINGS, "meetings"):
        others.ask(person)
