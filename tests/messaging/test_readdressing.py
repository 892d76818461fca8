"""Alice loses her laptop while words wait for it: they go to her new one, once Bob trusts that."""

from django.utils import timezone

from messaging.handlers import readdress_stranded
from messaging.models import Message
from messaging.readdressing import GONE
from peers import people
from peers.models import Delivery, KnownPerson, OutStream, PeerDevice
from peers.people import StatementList
from peers.protocol.codec import encode
from peers.protocol.statements import begin
from tests.protocol.cast import Device

WAITING = Delivery.State.WAITING


def lose_laptop(story) -> PeerDevice:
    """Withdraw Alice's computer; return the next one, as the directory shows it, with a list of its own."""
    device = Device.new()
    device.person = story.id.bytes
    row = PeerDevice.objects.create(
        device=device.id,
        person=story.person,
        card=encode(device.signed_card()),
        card_version=1,
        certified_until=timezone.now() + timezone.timedelta(days=30),
    )
    PeerDevice.objects.filter(pk=story.device.pk).update(withdrawn_at=timezone.now(), pinned=False)
    KnownPerson.objects.filter(pk=story.id).update(
        changed_statements=encode(StatementList([begin(device.key, device.person)]))
    )
    return row


def judge(story, accept: bool) -> None:
    people.judge_keys(KnownPerson.objects.get(pk=story.id), accept)


def waiting_for(device: PeerDevice) -> list[bytes]:
    rows = Delivery.objects.filter(stream__peer=device, stream__closed_at=None, state=WAITING).order_by("number")
    return [bytes(row.payload_id) for row in rows]


def test_what_waited_goes_to_the_new_computer_in_its_order_and_under_its_ids(story):
    words = [bytes(story.say(text).payload_id) for text in ("one", "two", "three")]
    new_laptop = lose_laptop(story)
    judge(story, accept=True)
    assert waiting_for(new_laptop) == words
    assert waiting_for(story.device) == []
    assert set(Message.objects.values_list("state", flat=True)) == {Message.State.WAITING}


def test_nothing_is_sealed_for_the_new_computer_before_bob_accepts(story):
    story.say("not to a stranger")
    new_laptop = lose_laptop(story)
    assert not OutStream.objects.filter(peer=new_laptop).exists()
    judge(story, accept=False)
    assert not OutStream.objects.filter(peer=new_laptop).exists()
    assert len(waiting_for(story.device)) == 1


def test_a_message_that_reached_the_lost_computer_is_not_sent_again(story):
    story.deliver(story.say("long ago"))
    new_laptop = lose_laptop(story)
    judge(story, accept=True)
    assert waiting_for(new_laptop) == []


def test_words_wait_on_while_the_new_computer_has_no_card_and_go_when_it_is_reachable(story):
    story.say("hello")
    new_laptop = lose_laptop(story)
    PeerDevice.objects.filter(pk=new_laptop.pk).update(certified_until=None)
    judge(story, accept=True)
    assert len(waiting_for(story.device)) == 1
    PeerDevice.objects.filter(pk=new_laptop.pk).update(pinned=True)
    readdress_stranded(new_laptop.pk)
    assert len(waiting_for(new_laptop)) == 1


def test_a_tick_comes_from_the_new_computer_only(story):
    message = story.say("hello")
    lose_laptop(story)
    judge(story, accept=True)
    assert list(Delivery.objects.filter(state=Delivery.State.FAILED).values_list("reason", flat=True)) == [GONE]
    story.deliver(message)
    message.refresh_from_db()
    assert message.state == Message.State.DELIVERED


def test_somebody_unknown_who_becomes_reachable_changes_nothing(story):
    story.say("hello")
    readdress_stranded(story.device.pk)
    readdress_stranded(10**6)
    assert len(waiting_for(story.device)) == 1
