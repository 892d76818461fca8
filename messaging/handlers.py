"""What the post office tells us: payloads that arrived, how deliveries fared, whose keys changed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.dispatch import receiver
from django.utils import timezone

from messaging.conversations import moved_on, note, place_with
from messaging.errors import MessagingError
from messaging.files import arrivals, limits, offers, sweeping  # noqa: F401  (some connect themselves)
from messaging.models import Message, Notice
from messaging.moments import time_by_peer
from messaging.payloads import MESSAGE, RECEIPT, ChatMessage, ChatReceipt
from messaging.readdressing import readdress, readdress_for
from messaging.text import check_text
from messaging.ticks import moved
from peers import events, hooks
from peers.models import Delivery, KnownPerson, PeerDevice
from peers.prepared import Many, Select, Update, insert_unless_there
from peers.protocol.codec import decode
from peers.protocol.errors import ProtocolError
from peers.protocol.payload import Payload

WAITING, DELIVERED = Message.State.WAITING, Message.State.DELIVERED
READ, FAILED = Message.State.READ, Message.State.FAILED

# A command rings as soon as it has done something; what it did is among the latest.
LATELY, LATEST = timedelta(minutes=1), 500
# What a change of state asks of a message: many may change at once, and their words are not wanted.
MARKED = ("pk", "files", "caution", "conversation__direct_with")

# A failed one may still have arrived: it was cancelled too late, and the tick tells the truth. What still owes files
# has not.
_arrived = Select(
    lambda payload_ids: (
        Message.objects.filter(payload_id__in=[payload_ids], mine=True, state__in=(WAITING, FAILED), files_due=0)
        .select_related("conversation")
        .only(*MARKED)
    ),
    Many(Message.payload_id),
)
_deliver = Update(
    lambda at, pks: (
        Message.objects.filter(pk__in=[pks]),
        {"state": DELIVERED, "reason": "", "delivered_at": at},
    ),
    Message.delivered_at,
    Many(Message.id),
)


@hooks.handles(MESSAGE)
def store(peer: PeerDevice, payload: Payload) -> None:
    """Store a person's words once, however often they arrive."""
    said = _said(payload)
    conversation = place_with(peer.person_id)
    if payload.conversation != bytes(conversation.wire_id):
        raise hooks.Refused("another conversation")
    now = timezone.now()
    message = Message(
        payload_id=payload.id,
        conversation=conversation,
        mine=False,
        text=said.text,
        files=len(said.files),
        clock=payload.clock,
        sent_at=time_by_peer(payload.clock, now),
        created_at=now,
        state=DELIVERED,
        delivered_at=now,
    )
    if not insert_unless_there(message, Message.payload_id):
        held = _check_same(message, said)
        arrivals.expect_again(peer, held)
        return
    arrivals.expect(peer, message, said.files)
    moved_on(conversation, message, now, unread=1)
    events.publish("messages", person=str(peer.person_id), ids=[message.pk])


def _said(payload: Payload) -> ChatMessage:
    said: ChatMessage = _body(ChatMessage, payload)
    try:
        check_text(said.text, with_files=bool(said.files))
    except MessagingError as err:
        raise hooks.Refused("these words cannot be shown") from err
    return said


def _body(kind: type[Any], payload: Payload) -> Any:
    try:
        return decode(kind, payload.body)
    except ProtocolError as err:
        raise hooks.Refused(kind.__name__) from err


def _check_same(message: Message, said: ChatMessage) -> Message:
    """Let the same words pass again, and refuse others under an id that is taken: the first are kept."""
    held = Message.objects.get(payload_id=message.payload_id)
    same = (held.conversation_id, held.mine, held.text) == (message.conversation_id, False, message.text)
    files = offers.offered(held.attachments.all()) if held.files else ()
    if not same or files != said.files:
        raise hooks.Refused("other words under the same id")
    return held


@hooks.handles(RECEIPT)
def note_read(peer: PeerDevice, payload: Payload) -> None:
    """Mark what we sent up to a message as read, in the order in which it was sealed."""
    up_to = _body(ChatReceipt, payload).up_to
    mine = Message.objects.filter(conversation__direct_with=peer.person_id, mine=True)
    clock = mine.filter(payload_id=up_to).values_list("clock", flat=True).first()
    if clock is None:
        return  # removed here, or lost with an older backup
    # What waits was received too, if it was sealed before: the stream is in order, only the receipt is late.
    read = mine.filter(state__in=(WAITING, DELIVERED), clock__lte=clock)
    now = timezone.now()
    # Words that were read while their files are still coming are delivered with the last of these, and read then.
    read.filter(files_due__gt=0, read_at=None).update(read_at=now)
    unread = read.filter(files_due=0)
    delivered_at = Coalesce("delivered_at", Value(now))
    _change(unread.only(*MARKED), peer.person_id, state=READ, read_at=now, delivered_at=delivered_at)


def _change(rows: Iterable[Message], person: Any, **fields: Any) -> list[int]:
    changed = list(rows)
    pks = [row.pk for row in changed]
    if pks:
        Message.objects.filter(pk__in=pks).update(**fields)
        moved(person, changed, fields["state"])
    return pks


@hooks.supplies(MESSAGE)
def words_again(payload_id: bytes) -> bytes | None:
    """Return the body of a message of ours, for a recipient who lost it; never of one that failed or was cancelled."""
    sent = Message.objects.filter(payload_id=payload_id, mine=True).exclude(state=FAILED).first()
    return None if sent is None else offers.body_of(sent)


@receiver(hooks.deliveries_ended)
def settle(deliveries: list[Delivery], **_: Any) -> None:
    """Give messages the state that their deliveries ended in."""
    ours = [row for row in deliveries if row.kind == MESSAGE]
    arrived = {bytes(row.payload_id) for row in ours if row.state == Delivery.State.DELIVERED}
    if arrived and _deliver_all(arrived) < len(arrived):
        # Some have files, which may come now; or they had arrived before.
        offers.begin(arrived, {row.stream.peer_id for row in ours})
    reasons: dict[str, set[bytes]] = defaultdict(set)
    for row in ours:
        if row.state == Delivery.State.FAILED:
            reasons[row.reason].add(bytes(row.payload_id))
    for reason, payload_ids in reasons.items():
        _fail(payload_ids - arrived, reason)


def _deliver_all(payload_ids: set[bytes]) -> int:
    """Mark messages as delivered, and return how many those were."""
    by_person = _by_person(_arrived.all(payload_ids))
    for person, rows in by_person.items():
        _deliver(timezone.now(), [row.pk for row in rows])
        moved(person, rows, DELIVERED)
    return sum(len(rows) for rows in by_person.values())


def _by_person(messages: Iterable[Message]) -> dict[Any, list[Message]]:
    found: dict[Any, list[Message]] = defaultdict(list)
    for message in messages:
        found[message.conversation.direct_with_id].append(message)
    return found


@receiver(hooks.delivery_given_up)
def fail(delivery: Delivery, reason: str, **_: Any) -> None:
    """Show a message as failed when its last delivery was given up."""
    if delivery.kind == MESSAGE:
        _fail({bytes(delivery.payload_id)}, reason)


def _fail(payload_ids: set[bytes], reason: str) -> None:
    """Fail what has no other delivery that waits or arrived. A given-up one has no body, and waits only as a void."""
    others = Delivery.objects.filter(kind=MESSAGE, payload_id__in=payload_ids)
    hopeful = others.filter(state=Delivery.State.WAITING, body__isnull=False) | others.filter(
        state=Delivery.State.DELIVERED
    )
    alive = {bytes(payload_id) for payload_id in hopeful.values_list("payload_id", flat=True)}
    _move(payload_ids - alive, (WAITING,), state=FAILED, reason=reason)


def _move(payload_ids: set[bytes], states: tuple[str, ...], **fields: Any) -> None:
    rows = Message.objects.filter(payload_id__in=payload_ids, mine=True, state__in=states)
    for person, messages in _by_person(rows.select_related("conversation").only(*MARKED)).items():
        pks = _change(messages, person, **fields)
        if fields["state"] == FAILED:
            offers.stop(pks)


@receiver(hooks.keys_changed)
def note_changed_keys(person: KnownPerson, **_: Any) -> None:
    note(person.pk, Notice.Code.KEYS_CHANGED)


@receiver(hooks.keys_judged)
def note_judgement(person: KnownPerson, accepted: bool, **_: Any) -> None:
    note(person.pk, Notice.Code.KEYS_ACCEPTED if accepted else Notice.Code.KEYS_REFUSED)
    if accepted:
        readdress(person)


@receiver(hooks.device_reachable)
def readdress_stranded(peer: int, **_: Any) -> None:
    readdress_for(peer)


@receiver(hooks.bell_rang)
def tell_what_a_command_did(**_: Any) -> None:
    """Show open pages what another process wrote or carried just now."""
    since = timezone.now() - LATELY
    latest = Message.objects.order_by("-pk").values("pk")[:LATEST]
    mine = Message.objects.filter(Q(created_at__gte=since) | Q(delivered_at__gte=since), pk__in=latest, mine=True)
    for person, messages in _by_person(mine.select_related("conversation").only(*MARKED)).items():
        ids = [message.pk for message in messages]
        events.publish("messages", person=str(person), ids=ids, mine=True)
        events.publish("states", person=str(person), ids=ids)


@receiver(hooks.stream_restarted)
def note_restart(peer: PeerDevice, **_: Any) -> None:
    note(peer.person_id, Notice.Code.STREAM_RESTARTED)
