"""Files as parts of messages, between Bob's node and Alice's."""

import os

import pytest
from django.db import transaction

from messaging import history, services
from messaging.drawing import html_of
from messaging.errors import MessagingError
from messaging.files import vault
from messaging.files.errors import NoSuchFile, NotWhole, TooManyFiles
from messaging.files.models import Attachment
from messaging.models import Message
from messaging.payloads import (
    FILE_GONE,
    FILE_RECEIPT,
    FILE_REFUSED,
    MESSAGE,
    ChatMessage,
    FileGone,
    FileReceipt,
    FileRefused,
)
from messaging.sending import Composed, send_message, send_messages
from peers import hooks, outbox
from peers.blobs import hooks as blob_hooks
from peers.blobs import transfers
from peers.models import Blob, Delivery, Transfer
from peers.protocol.codec import decode, encode
from peers.protocol.transfer import Wish
from tests.files.conftest import BIG, Incoming, photo


def said(story, message) -> ChatMessage:
    return decode(ChatMessage, bytes(Delivery.objects.get(kind=MESSAGE, payload_id=message.payload_id).body))


def receipt(story, row, **changes) -> None:
    fields = {"transfer_id": bytes(row.transfer_id), "sha256": bytes(row.sha256)} | changes
    payload = story.payload(FILE_RECEIPT, encode(FileReceipt(**fields)))
    with transaction.atomic():
        hooks.handler_for(FILE_RECEIPT)(story.device, payload)


def refuse(row, reason: str) -> None:
    transfer = Transfer.objects.get(transfer_id=row.transfer_id, incoming=False)
    transfers.refused(transfer, reason)


# Bob sends.


def test_a_message_names_its_files_in_their_order(story, upload, send):
    one, two = upload(b"one", "1.txt", media_type="text/plain"), upload(BIG, "2.bin")
    message = send("look", two, one)
    offers = said(story, message).files
    assert [(offer.name, offer.size) for offer in offers] == [("2.bin", len(BIG)), ("1.txt", 3)]
    assert [bytes(row.key) for row in message.attachments.all()] == [offer.key for offer in offers]


def test_files_need_no_words(story, upload, send):
    assert said(story, send("", upload(b"x"))).text == ""


def test_nothing_moves_before_the_message_is_there(story, upload, send):
    message = send("look", upload(b"x"))
    assert Transfer.objects.get().state == "offered"
    story.deliver(message)
    assert Transfer.objects.get().state == "moving"


def test_delivered_is_said_when_the_last_file_is_there(story, upload, send):
    files = [upload(b"one"), upload(b"two")]
    message = send("look", *files)
    states = []
    story.deliver(message)
    for row in files:
        states.append(Message.objects.get().state)
        receipt(story, row)
    assert (states, Message.objects.get().state) == (["waiting", "waiting"], "delivered")
    assert {row.state for row in Transfer.objects.all()} == {"done"}


def test_a_receipt_twice_counts_once(story, upload, send):
    files = [upload(b"one"), upload(b"two")]
    story.deliver(send("look", *files))
    receipt(story, files[0])
    receipt(story, files[0])
    assert Message.objects.get().state == "waiting"


def test_what_was_read_before_its_files_came_is_read_with_the_last(story, upload, send):
    row = upload(b"x")
    message = send("look", row)
    story.deliver(message)
    story.hear_read(message.payload_id)
    assert Message.objects.get().state == "waiting"
    receipt(story, row)
    assert Message.objects.get().state == "read"


def test_a_receipt_for_other_bytes_is_none(story, upload, send):
    row = upload(b"x")
    story.deliver(send("look", row))
    with pytest.raises(hooks.Refused):
        receipt(story, row, sha256=bytes(32))
    assert Message.objects.get().state == "waiting"


def test_somebody_elses_receipt_changes_nothing(story, upload, send, known_mallory):
    row = upload(b"x")
    story.deliver(send("look", row))
    payload = story.payload(FILE_RECEIPT, encode(FileReceipt(bytes(row.transfer_id), bytes(row.sha256))))
    hooks.handler_for(FILE_RECEIPT)(known_mallory, payload)
    assert Message.objects.get().state == "waiting"


@pytest.mark.parametrize(("code", "words"), [("too-large", "no file of this size"), ("quota", "as many of your files")])
def test_a_refusal_is_shown_with_its_reason(story, upload, send, code, words):
    row = upload(b"x")
    story.deliver(send("look", row))
    refuse(row, code)
    message = Message.objects.get()
    assert message.state == "failed"
    assert words in message.reason


def test_a_failed_message_offers_again_what_it_owes(story, upload, send):
    one, two = upload(b"one"), upload(b"two")
    message = send("look", one, two)
    story.deliver(message)
    receipt(story, one)
    refuse(two, "quota")
    services.retry(Message.objects.get())
    assert [offer.size for offer in said_again(message).files] == [3, 3]
    story.deliver(message)
    assert Transfer.objects.get(transfer_id=two.transfer_id).state == "moving"
    receipt(story, two)
    assert Message.objects.get().state == "delivered"


def said_again(message) -> ChatMessage:
    waiting = Delivery.objects.get(kind=MESSAGE, payload_id=message.payload_id, state="waiting")
    return decode(ChatMessage, bytes(waiting.body))


def test_a_message_taken_back_moves_nothing(story, upload, send):
    services.cancel(send("look", upload(b"x")))
    assert Transfer.objects.get().state == "stopped"


def test_deleting_a_message_deletes_its_bytes(story, upload, send, django_capture_on_commit_callbacks):
    message = send("look", upload(b"x"))
    services.cancel(message)
    with django_capture_on_commit_callbacks(execute=True):
        services.delete(message)
    assert not Attachment.objects.exists()
    assert not Blob.objects.exists()


def test_whoever_lost_a_message_gets_it_with_its_files(story, upload, send):
    message = send("look", upload(b"x", "plan.bin"))
    again = decode(ChatMessage, hooks.body_again(MESSAGE, bytes(message.payload_id)))
    assert [offer.name for offer in again.files] == ["plan.bin"]


def test_a_file_goes_with_one_message_only(story, upload, send):
    row = upload(b"x")
    send("look", row)
    with pytest.raises(NoSuchFile):
        send("again", row)


def test_two_messages_of_one_batch_do_not_share_a_file(story, upload):
    row = upload(b"x")
    answers = send_messages([Composed(story.id, text, files=(row.pk,)) for text in ("one", "two")])
    assert [isinstance(each, MessagingError) for each in answers] == [False, True]


def test_what_is_not_wholly_here_is_not_sent(story, upload):
    from messaging.files import uploads

    row = uploads.begin(story.person, "a", 1)
    with pytest.raises(NotWhole):
        send_message(Composed(story.id, "look", files=(row.pk,)))


def test_a_message_has_20_files_at_most(story, send, upload):
    row = upload(b"x")
    with pytest.raises(TooManyFiles):
        send_message(Composed(story.id, "look", files=(row.pk,) * 21))


# Alice sends.


def test_a_file_of_alices_is_shown_when_it_is_whole_and_she_hears_of_it(story, hear):
    file = Incoming(BIG, "Grüße.bin")
    hear("look", file)
    row = Attachment.objects.get()
    assert (row.state, row.name, row.message.text) == ("arriving", "Grüße.bin", "look")
    file.arrive()
    row.refresh_from_db()
    assert (row.state, vault.whole(row)) == ("ready", BIG)
    answer = Delivery.objects.get(kind=FILE_RECEIPT)
    assert decode(FileReceipt, bytes(answer.body)) == FileReceipt(file.transfer_id, file.offer.sha256)


def test_the_same_message_again_is_one_message_with_one_file(story, hear):
    file, payload_id = Incoming(b"x"), os.urandom(16)
    for _ in range(2):
        hear("look", file, id=payload_id)
    assert (Message.objects.count(), Attachment.objects.count(), Blob.objects.count()) == (1, 1, 1)


def test_another_file_under_the_same_message_is_refused(story, hear):
    payload_id = os.urandom(16)
    hear("look", Incoming(b"x"), id=payload_id)
    with pytest.raises(hooks.Refused):
        hear("look", Incoming(b"y"), id=payload_id)


def test_a_transfer_that_is_taken_is_refused_whole(story, hear):
    file = Incoming(b"x")
    hear("look", file)
    with pytest.raises(hooks.Refused):
        hear("again", file)
    assert Message.objects.count() == 1


def test_other_bytes_than_were_announced_are_thrown_away(story, hear, django_capture_on_commit_callbacks):
    file = Incoming(b"x", sha256=bytes(32))
    hear("look", file)
    with django_capture_on_commit_callbacks(execute=True):
        file.arrive()
    row = Attachment.objects.get()
    assert (row.state, row.blob) == ("failed", None)
    assert "not the file" in row.reason
    assert Transfer.objects.get().reason == "damaged"
    assert not Delivery.objects.filter(kind=FILE_RECEIPT).exists()


def test_a_file_that_is_too_large_is_refused_and_the_words_are_shown(story, hear, settings):
    settings.PEERNET_FILE_LIMIT = 1
    hear("look", Incoming(b"xx"))
    row = Attachment.objects.get()
    assert (row.state, row.message.text, Transfer.objects.get().state) == ("failed", "look", "refused")


def test_after_the_limit_was_raised_the_same_message_is_agreed_to(story, hear, settings):
    settings.PEERNET_FILE_LIMIT, payload_id, file = 1, os.urandom(16), Incoming(b"xx")
    hear("look", file, id=payload_id)
    settings.PEERNET_FILE_LIMIT = 2
    hear("look", file, id=payload_id)
    file.arrive()
    assert Attachment.objects.get().state == "ready"


def test_a_file_that_alice_takes_back_leaves_nothing(story, hear, django_capture_on_commit_callbacks):
    file = Incoming(b"x")
    hear("look", file)
    with django_capture_on_commit_callbacks(execute=True):
        hooks.handler_for(FILE_GONE)(story.device, story.payload(FILE_GONE, encode(FileGone(file.transfer_id))))
    row = Attachment.objects.get()
    assert (row.state, row.blob) == ("failed", None)
    assert "took this file back" in row.reason


def test_mallory_takes_nothing_of_alices_back(story, hear, known_mallory):
    file = Incoming(b"x")
    hear("look", file)
    hooks.handler_for(FILE_GONE)(known_mallory, story.payload(FILE_GONE, encode(FileGone(file.transfer_id))))
    assert Attachment.objects.get().state == "arriving"


def test_a_photo_of_alices_is_shown_by_what_it_is(story, hear):
    file = Incoming(photo(gps=False), "invoice.pdf", "application/pdf")
    hear("", file)
    file.arrive()
    row = Attachment.objects.get()
    assert (row.kind, row.sniffed) == ("image", "image/jpeg")
    assert row.preview.width == 64


@pytest.mark.parametrize("name", ["a\0b", "x" * 256, ""])
def test_a_name_that_cannot_be_is_refused(story, hear, name):
    with pytest.raises(hooks.Refused):
        hear("look", Incoming(b"x", name))


def test_no_words_and_no_files_are_nothing(story, hear):
    with pytest.raises(hooks.Refused):
        hear("")


def test_pages_hear_how_far_a_file_is(story, hear, published, django_capture_on_commit_callbacks):
    file = Incoming(BIG)
    hear("look", file)
    with django_capture_on_commit_callbacks(execute=True):
        row = Transfer.objects.select_related("blob").get()
        blob_hooks.transfer_moved.send(sender=Transfer, transfer=row, held=1)
    (event,) = [each for each in published if each["what"] == "progress"]
    assert (event["done"], event["size"], event["person"]) == (1024 * 1024, len(BIG), str(story.id))


def test_the_bubble_of_a_message_shows_its_files_as_they_are_now(story, hear, pages):
    plan = Incoming(os.urandom(10))
    hear("see this", plan)
    message = Message.objects.get()
    (before,) = history.again(message.conversation, "Alice", [message.pk])
    coming = html_of(before)
    plan.arrive()
    (after,) = history.again(message.conversation, "Alice", [message.pk])
    assert "plan.bin" in coming
    assert html_of(after) != coming


def test_a_refusal_reaches_whoever_cannot_be_dialled(story, upload, send):
    message = send("look", row := upload(b"x"))
    payload = story.payload(FILE_REFUSED, encode(FileRefused(bytes(row.transfer_id), Wish.QUOTA)))
    with transaction.atomic():
        hooks.handler_for(FILE_REFUSED)(story.device, payload)
    message.refresh_from_db()
    assert (message.state, "holds as many of your files" in message.reason) == ("failed", True)


@pytest.mark.parametrize("wish", [Wish.WANTED, Wish.COMPLETE, Wish.NO_ROOM])
def test_a_refusal_without_a_reason_is_none(story, upload, send, wish):
    send("look", row := upload(b"x"))
    payload = story.payload(FILE_REFUSED, encode(FileRefused(bytes(row.transfer_id), wish)))
    with pytest.raises(hooks.Refused):
        hooks.handler_for(FILE_REFUSED)(story.device, payload)
    assert Transfer.objects.get().state == "offered"


@pytest.mark.parametrize("limit", [1, 0])
def test_what_we_will_not_have_is_said(story, hear, settings, limit, django_capture_on_commit_callbacks):
    settings.PEERNET_FILE_LIMIT = limit
    with django_capture_on_commit_callbacks(execute=True):
        hear("look", file := Incoming(b"xx"))
    refused = decode(FileRefused, bytes(Delivery.objects.get(kind=FILE_REFUSED).body))
    assert refused == FileRefused(file.transfer_id, Wish.TOO_LARGE)


def test_a_refusal_that_a_crash_kept_back_is_said_once_at_the_next_start(story, hear, settings):
    settings.PEERNET_FILE_LIMIT = 1
    hear("look", file := Incoming(b"xx"))  # nothing that goes after the commit is done
    assert not Delivery.objects.filter(kind=FILE_REFUSED).exists()
    for _ in range(2):
        hooks.tidying.send(sender=None)
        refused = decode(FileRefused, bytes(Delivery.objects.get(kind=FILE_REFUSED).body))
        assert refused == FileRefused(file.transfer_id, Wish.TOO_LARGE)


def test_so_is_that_a_file_was_deleted_while_it_came(story, hear):
    hear("look", Incoming(b"xx"))
    Message.objects.all().delete()
    hooks.tidying.send(sender=None)
    assert decode(FileRefused, bytes(Delivery.objects.get(kind=FILE_REFUSED).body)).wish is Wish.GONE


def test_a_refusal_that_cannot_be_said_holds_up_no_other(story, hear, settings, monkeypatch):
    settings.PEERNET_FILE_LIMIT = 1
    hear("look", Incoming(b"xx"), Incoming(b"yy"))
    enqueue, failing = outbox.enqueue, [OSError()]
    monkeypatch.setattr(outbox, "enqueue", lambda *args: _raised(failing.pop()) if failing else enqueue(*args))
    hooks.tidying.send(sender=None)
    assert Delivery.objects.filter(kind=FILE_REFUSED).count() == 1
    hooks.tidying.send(sender=None)
    assert Delivery.objects.filter(kind=FILE_REFUSED).count() == 2


def _raised(err: Exception) -> None:
    raise err


def test_deleting_a_file_that_is_still_coming_tells_the_sender(story, hear, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        hear("look", Incoming(b"xx"))
        Message.objects.all().delete()
    assert decode(FileRefused, bytes(Delivery.objects.get(kind=FILE_REFUSED).body)).wish is Wish.GONE
    assert not Blob.objects.exists()


def test_deleting_a_file_of_somebody_who_was_stopped_tells_nobody(story, hear, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        hear("look", Incoming(b"xx"))
        story.device.pinned = False
        story.device.save()
        Message.objects.all().delete()
    assert not Delivery.objects.filter(kind=FILE_REFUSED).exists()
    assert not Blob.objects.exists()
