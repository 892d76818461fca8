"""Words that wait for a lost computer, sealed for the one that took its place once the member trusts it."""

from django.db import transaction
from django.db.models import QuerySet

from messaging.files import offers
from messaging.models import Message
from messaging.payloads import MESSAGE
from messaging.recipients import recipient
from messaging.services import enqueue
from peers import outbox, people
from peers.models import Delivery, KnownPerson, PeerDevice

GONE = "This computer is not theirs any more."


def has_stranded(person: KnownPerson) -> bool:
    """Tell, cheaply, whether anything waits for a device that is not written to now."""
    return _waiting().filter(stream__peer__person=person, stream__peer__pinned=False).exists()


@transaction.atomic
def readdress(person: KnownPerson) -> int:
    """Queue the words that wait for computers that are theirs no more for those that are; return how many those were.

    They keep their ids and their order. While nothing can be sent to the person, they go on waiting.
    """
    to = recipient(person.pk)
    if to.obstacle or to.classic:
        return 0
    lost = people.dropped(person)
    stranded = _waiting().filter(stream__peer__in=lost).values("payload_id")
    words = list(Message.objects.filter(payload_id__in=stranded, mine=True, state=Message.State.WAITING).order_by("pk"))
    for message in words:
        if message.files:
            offers.offer_again(message, to.devices)
        message.clock = enqueue(to, message.conversation, MESSAGE, offers.body_of(message), bytes(message.payload_id))
        message.save(update_fields=["clock"])
    for device in lost:
        outbox.abandon(device, GONE)
    return len(words)


def readdress_for(peer: int) -> None:
    """Do so for the person of a device that can be reached now."""
    device = PeerDevice.objects.select_related("person").filter(pk=peer, pinned=True).first()
    if device is not None and has_stranded(device.person):
        readdress(device.person)


def _waiting() -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        kind=MESSAGE, state=Delivery.State.WAITING, body__isnull=False, stream__closed_at=None
    )
