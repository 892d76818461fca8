"""What Bob's node keeps no longer: forgotten uploads, and what an accident left."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging import services
from messaging.files import sweeping, uploads
from messaging.files.models import Attachment
from messaging.models import Message
from peers import hooks
from peers.blobs import store
from peers.models import Blob
from tests.files.conftest import BIG, Incoming


def tidy(capture) -> None:
    with capture(execute=True):
        hooks.tidying.send(sender=None)


def on_disk() -> list[str]:
    return [path.name for path in store.folder().rglob("*") if path.is_file()]


def age(rows, **how) -> None:
    """Let rows be older, and the bytes of all files with them."""
    then = timezone.now() - timedelta(**how)
    rows.update(created_at=then)
    for path in store.folder().glob("??/*"):
        os.utime(path, (then.timestamp(), then.timestamp()))


def test_an_upload_that_was_never_sent_is_forgotten_after_the_days_that_are_set(
    upload, settings, django_capture_on_commit_callbacks
):
    settings.PEERNET_TRAY_DAYS = 2
    upload(b"forgotten")
    age(Attachment.objects, days=1, hours=23)
    tidy(django_capture_on_commit_callbacks)
    assert len(on_disk()) == Attachment.objects.count() == 1
    age(Attachment.objects, days=2, hours=1)
    tidy(django_capture_on_commit_callbacks)
    assert (on_disk(), Attachment.objects.count(), Blob.objects.count()) == ([], 0, 0)


def test_one_that_was_begun_and_left_is_forgotten_too(story, django_capture_on_commit_callbacks):
    row = uploads.begin(story.person, "a", len(BIG))
    uploads.put(row, 1, BIG[-5:])
    age(Attachment.objects, days=8)
    tidy(django_capture_on_commit_callbacks)
    assert (on_disk(), Attachment.objects.count()) == ([], 0)


def test_the_days_count_from_the_last_chunk(story, django_capture_on_commit_callbacks):
    row = uploads.begin(story.person, "a", len(BIG))
    age(Attachment.objects, days=8)
    uploads.put(row, 1, BIG[-5:])
    tidy(django_capture_on_commit_callbacks)
    assert Attachment.objects.get() == row
    age(Attachment.objects, days=8)
    tidy(django_capture_on_commit_callbacks)
    assert (on_disk(), Attachment.objects.count()) == ([], 0)


def test_what_was_sent_and_what_arrived_stays(upload, send, hear, django_capture_on_commit_callbacks):
    send("look", upload(b"mine"))
    hear("look", file := Incoming(b"theirs"))
    file.arrive()
    age(Attachment.objects, days=400)
    age(Blob.objects, days=400)
    tidy(django_capture_on_commit_callbacks)
    assert len(on_disk()) == 2


def test_a_blob_of_no_file_goes_once_it_is_settled(upload, django_capture_on_commit_callbacks):
    row = upload(b"x")
    Attachment.objects.filter(pk=row.pk).update(blob=None)
    assert sweeping.orphans() == 0
    age(Blob.objects, hours=2)
    tidy(django_capture_on_commit_callbacks)
    assert (on_disk(), Blob.objects.count()) == ([], 0)


@pytest.mark.parametrize("whose", ["mine", "theirs"])
def test_with_a_message_go_the_bytes_of_its_files(story, upload, send, hear, whose, django_capture_on_commit_callbacks):
    if whose == "mine":
        send("look", upload(b"x"))
    else:
        hear("look", file := Incoming(b"x"))
        file.arrive()
    assert len(on_disk()) == 1
    with django_capture_on_commit_callbacks(execute=True):
        services.remove(Message.objects.get())
    assert (on_disk(), Blob.objects.count(), Attachment.objects.count()) == ([], 0, 0)
