"""Words and files of the classic network, in conversations of their own: what arrived, and how ours fared."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from messaging import deletions, invitations, inviting, letters  # noqa: F401  (one connects itself)
from messaging.conversations import moved_on, place_with
from messaging.errors import MessagingError
from messaging.files import older
from messaging.files.models import Attachment
from messaging.models import Message
from messaging.services import publish_states, remove
from messaging.text import check_text
from peers import events, hooks
from peers.classic import base64
from peers.models import ClassicLetter
from peers.older import caution as cautions
from peers.older.outbox import new_clock
from peers.prepared import insert

State = Message.State
KNOWN = (State.HANDED, State.DELIVERED)


@hooks.takes_classic_words
def store(words: hooks.ClassicWords) -> None:
    """Store what a person wrote. The reception has seen to it that it is new, and that this is a classic person."""
    text = words.text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        check_text(text, with_files=words.file is not None)
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
        state=State.DELIVERED,
        delivered_at=now,
        caution=words.caution,
        files=words.file is not None,
        is_markdown=words.is_markdown,
        is_event=words.event is not None,
    )
    insert([message])
    if words.event is not None:
        invitations.keep(message, words.event)
    if words.file is not None:
        older.attach(words.file, words.payload_id, message, words.person.pk)
    moved_on(conversation, message, now, unread=1)
    events.publish("messages", person=str(words.person.pk), ids=[message.pk])


@receiver(hooks.classic_letter_moved)
def move(letter: ClassicLetter, caution: str, **_: Any) -> None:
    """Show how a letter of ours fared. It never goes backwards: the outbox moves each letter forward only."""
    if letter.kind == ClassicLetter.Kind.ANSWER:
        invitations.move(letter)
        return
    if letter.kind == ClassicLetter.Kind.DELETION:
        deletions.move(letter)
        return
    message = letters.message_of(letter)
    if message is None or not letter.mine:
        return
    if letter.state == ClassicLetter.State.FAILED:
        # With one part gone the others are not sent alone: Retry sends what is missing.
        letters.give_up(message, letter.reason)
    parts = list(letters.letters_of(message))
    behind = letters.furthest_behind(parts)
    fields: dict[str, Any] = {"state": behind.state, "reason": behind.reason}
    if caution:
        # Of several parts, the weakest says what is not protected.
        taken = [part.encryption for part in parts if part.state in KNOWN]
        fields["caution"] = cautions.of_sent(min(taken)) if taken else caution
    if behind.state == ClassicLetter.State.DELIVERED:
        fields["delivered_at"] = timezone.now()
    if letter.kind == ClassicLetter.Kind.FILE and letter.state == ClassicLetter.State.DELIVERED:
        message.attachments.filter(pk=letters.file_of(letter)).update(receipted_at=timezone.now())
    Message.objects.filter(pk=message.pk).update(**fields)
    publish_states(message.conversation, [message.pk])


class Shelf(hooks.ClassicShelf):
    """The classic messages of our conversations."""

    def text_of(self, payload_id: bytes) -> str | None:
        """Return the words under an id, or a file in base64; None when neither is here."""
        those = Message.objects.filter(payload_id=payload_id, conversation__direct_with__classic__isnull=False)
        words = those.values_list("text", flat=True).first()
        if words:
            return words
        file = older.file_of(payload_id)
        return base64.write(file.data) if file else None

    def remove(self, payload_id: bytes) -> None:
        """Remove words or a file, and with the last part its message: the list shows the one before it."""
        letter = ClassicLetter.objects.filter(payload_id=payload_id).first()
        message = letters.message_of(letter) if letter else None
        if letter is None or message is None:
            return
        is_file = letter.kind == ClassicLetter.Kind.FILE
        if message.files - is_file or (is_file and message.text):
            self._remove_part(message, letter)
        else:
            remove(message)

    @staticmethod
    def _remove_part(message: Message, letter: ClassicLetter) -> None:
        if letter.kind == ClassicLetter.Kind.FILE:
            Attachment.objects.filter(pk=letters.file_of(letter)).delete()
            Message.objects.filter(pk=message.pk).update(files=message.files - 1)
        else:
            Message.objects.filter(pk=message.pk).update(text="")
        publish_states(message.conversation, [message.pk])

    def file_of(self, payload_id: bytes) -> hooks.ClassicFile | None:
        """Return a file of ours or theirs, or None."""
        return older.file_of(payload_id)

    def keep(self, file: hooks.ClassicFile) -> Attachment:
        """Store the bytes of a file that arrived. Raises `ClassicError`."""
        return older.keep(file)

    def drop(self, kept: Attachment) -> None:
        """Throw away bytes that no message followed."""
        older.drop(kept)


hooks.keeps_classic_words(Shelf())
