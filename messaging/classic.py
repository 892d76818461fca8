"""Words of the classic network, in conversations of their own: what arrived, and how ours fared."""

from typing import Any

from django.db.models import QuerySet
from django.dispatch import receiver
from django.utils import timezone

from messaging.conversations import moved_on, place_with
from messaging.errors import MessagingError
from messaging.models import Message
from messaging.services import remove
from messaging.text import check_text
from peers import events, hooks
from peers.models import ClassicLetter
from peers.older.outbox import new_clock
from peers.prepared import insert


@hooks.takes_classic_words
def store(words: hooks.ClassicWords) -> None:
    """Store a person's words. The reception has seen to it that they are new, and that this is a classic person."""
    text = words.text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        check_text(text)
    except MessagingError as err:
        raise hooks.Refused("these words cannot be shown") from err
    conversation, now = place_with(words.person.pk), timezone.now()
    message = Message(
        payload_id=words.payload_id,
        conversation=conversation,
        mine=False,
        text=text,
        clock=new_clock(),
        sent_at=words.sent_at,
        created_at=now,
        state=Message.State.DELIVERED,
        delivered_at=now,
        caution=words.caution,
    )
    insert([message])
    moved_on(conversation, message, now, unread=1)
    events.publish("messages", person=str(words.person.pk), ids=[message.pk])


@receiver(hooks.classic_letter_moved)
def move(letter: ClassicLetter, caution: str, **_: Any) -> None:
    """Show how a letter of ours fared. It never goes backwards: the outbox moves each letter forward only."""
    fields: dict[str, Any] = {"state": letter.state, "reason": letter.reason}
    if caution:
        fields["caution"] = caution
    if letter.state == ClassicLetter.State.DELIVERED:
        fields["delivered_at"] = timezone.now()
    mine = Message.objects.filter(payload_id=letter.payload_id, mine=True)
    for pk, person in mine.values_list("pk", "conversation__direct_with_id"):
        Message.objects.filter(pk=pk).update(**fields)
        events.publish("states", person=str(person), ids=[pk])


class Shelf(hooks.ClassicShelf):
    """The classic messages of our conversations."""

    def text_of(self, payload_id: bytes) -> str | None:
        """Return the words under an id, or None."""
        return self._those(payload_id).values_list("text", flat=True).first()

    def remove(self, payload_id: bytes) -> None:
        """Remove a message, and let the list show the one before it."""
        message = self._those(payload_id).first()
        if message is not None:
            remove(message)

    @staticmethod
    def _those(payload_id: bytes) -> QuerySet[Message]:
        return Message.objects.filter(payload_id=payload_id, conversation__direct_with__classic__isnull=False)


hooks.keeps_classic_words(Shelf())
