"""What Alice's node takes: asked before an upload begins, and told when she asks."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from messaging.files import limits, uploads
from messaging.files.errors import TooLargeForThem, TooMuchForThem
from messaging.files.models import PeerLimits
from messaging.payloads import FILE_ASK, FILE_LIMITS, FileAsk, FileLimits
from messaging.recipients import recipient
from peers import hooks, room
from peers.models import Blob, Delivery
from peers.protocol.codec import decode, encode


@pytest.fixture(autouse=True)
def nobody_was_asked():
    limits._asked.clear()
    limits._limiter.storage.reset()


@pytest.fixture
def online(story):
    story.person.online = True
    story.person.save()
    return story


def questions() -> int:
    return Delivery.objects.filter(kind=FILE_ASK).count()


def hear(story, kind, said) -> None:
    with transaction.atomic():
        hooks.handler_for(kind)(story.device, story.payload(kind, encode(said)))


def test_whoever_is_there_is_asked_once(online):
    devices = recipient(online.person.pk).devices
    assert limits.ask(devices)
    assert not limits.ask(devices)
    assert questions() == 1


def test_whoever_is_away_is_not_asked(story):
    story.person.online = False
    story.person.save()
    assert not limits.ask(recipient(story.person.pk).devices)
    assert questions() == 0


def test_a_file_too_large_for_them_is_refused_with_their_limit_and_the_size(story):
    hear(story, FILE_LIMITS, FileLimits(20 * 10**9, 10**12))
    uploads.begin(story.person, "a", 20 * 10**9)
    with pytest.raises(TooLargeForThem, match=r"20\.5 GB, and 20\.0 GB is the most that the node of .* takes"):
        uploads.begin(story.person, "a", 20_500_000_000)
    assert Blob.objects.count() == 1


def test_a_file_without_room_there_is_refused_with_the_room(story):
    hear(story, FILE_LIMITS, FileLimits(10**12, 10**6))
    with pytest.raises(TooMuchForThem, match=r"2\.0 MB, and the node of .* has room for 1\.0 MB"):
        uploads.begin(story.person, "a", 2 * 10**6)


def test_the_answer_is_waited_for_a_moment(online, monkeypatch):
    monkeypatch.setattr(limits, "PATIENCE", 5.0)

    def answers(seconds):
        hear(online, FILE_LIMITS, FileLimits(5, 5))

    with pytest.raises(TooLargeForThem):
        limits.check(recipient(online.person.pk), 6, wait=answers)


def test_who_made_room_meanwhile_is_asked_again(online, monkeypatch):
    monkeypatch.setattr(limits, "PATIENCE", 5.0)
    hear(online, FILE_LIMITS, FileLimits(5, 5))

    def answers(seconds):
        hear(online, FILE_LIMITS, FileLimits(6, 6))

    limits.check(recipient(online.person.pk), 6, wait=answers)
    assert questions() == 1


def test_whoever_does_not_answer_holds_nothing_up(online, monkeypatch):
    monkeypatch.setattr(limits, "PATIENCE", 0.1)
    uploads.begin(online.person, "a", 10**9)
    uploads.begin(online.person, "b", 10**9)
    assert questions() == 1


def test_an_old_answer_counts_no_longer(story):
    hear(story, FILE_LIMITS, FileLimits(5, 5))
    PeerLimits.objects.update(heard_at=timezone.now() - timedelta(hours=1))
    uploads.begin(story.person, "a", 6)


def test_who_asks_is_told_the_limit_and_the_room(story, settings, monkeypatch, django_capture_on_commit_callbacks):
    settings.PEERNET_FILE_LIMIT, settings.PEERNET_PEER_QUOTA = 1000, 300
    with django_capture_on_commit_callbacks(execute=True):
        hear(story, FILE_ASK, FileAsk())
    assert decode(FileLimits, bytes(Delivery.objects.get(kind=FILE_LIMITS).body)) == FileLimits(1000, 300)
    monkeypatch.setattr(room, "room", lambda: 200)
    with django_capture_on_commit_callbacks(execute=True):
        hear(story, FILE_ASK, FileAsk())
    assert decode(FileLimits, bytes(Delivery.objects.filter(kind=FILE_LIMITS).latest("pk").body)).room == 200


def test_who_asks_too_often_or_says_something_else_is_refused(story):
    with pytest.raises(hooks.Refused), transaction.atomic():
        hooks.handler_for(FILE_ASK)(story.device, story.payload(FILE_ASK, b"x"))
    with pytest.raises(hooks.Refused), transaction.atomic():
        hooks.handler_for(FILE_LIMITS)(story.device, story.payload(FILE_LIMITS, encode(FileAsk())))
    for _ in range(limits.QUESTIONS.amount - 1):
        hear(story, FILE_ASK, FileAsk())
    with pytest.raises(hooks.Refused):
        hear(story, FILE_ASK, FileAsk())
