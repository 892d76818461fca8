"""How people are: told to those who are there, by the nodes alone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from peers import hooks, outbox
from peers.models import Delivery, KnownPerson, Lane
from peers.protocol.codec import encode
from profiles import others, status
from profiles.attention import Attention
from profiles.models import OwnStatus, Status
from profiles.payloads import REQUEST, STATUS, ProfileRequest, ProfileStatus, State

PLAIN = ProfileStatus(State.ONLINE, "", 0)


def told() -> list[bytes]:
    return [bytes(row.body) for row in Delivery.objects.filter(kind=STATUS).order_by("number")]


@pytest.fixture
def talks(alices, known_alice):
    """Bob has talked with Alice, who is there."""
    Lane.objects.create(peer=known_alice, last_success_at=timezone.now())
    return known_alice


def shown(person: KnownPerson) -> status.Shown:
    person.refresh_from_db()
    held = Status.objects.filter(person=person).first() or Status()
    return status.shown(person.online, held.state, held.text, held.until)


def test_alice_is_shown_as_she_says(say, alices):
    say(STATUS, encode(ProfileStatus(State.BUSY, "in the board meeting", 0)))
    assert shown(alices) == status.Shown("dnd", "Do not disturb", "in the board meeting")


def test_without_a_word_from_her_she_is_online(alices):
    assert shown(alices).label == "Online"


def test_her_node_being_away_says_more_than_her_last_word(say, alices):
    say(STATUS, encode(ProfileStatus(State.BUSY, "busy", 0)))
    KnownPerson.objects.update(online=False)
    assert shown(alices) == status.Shown()


def test_whoever_hides_is_shown_as_offline_without_a_time(say, alices):
    say(STATUS, encode(ProfileStatus(State.HIDDEN, "", 0)))
    assert not shown(alices).is_here
    assert not shown(alices).tells_when


def test_words_end_when_she_said_so(say, alices):
    soon = int(timezone.now().timestamp()) + 3600
    say(STATUS, encode(ProfileStatus(State.ONLINE, "at lunch", soon)))
    assert shown(alices).text == "at lunch"
    Status.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert shown(alices).text == ""


def test_an_older_word_changes_nothing(say, alices, known_alice):
    say(STATUS, encode(ProfileStatus(State.AWAY, "", 0)), clock=5)
    say(STATUS, encode(PLAIN), clock=4)
    assert shown(alices).state == "away"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x93\xa7nowhere\xa0\x00",
        encode(ProfileStatus(State.AWAY, "x" * 101, 0)),
        encode(ProfileStatus(State.AWAY, "left \u202e right", 0)),
        encode(ProfileStatus(State.AWAY, "two\nlines", 0)),
        encode(ProfileStatus(State.AWAY, "", 2**62)),
    ],
    ids=["nothing", "unknown state", "too long", "bidi", "lines", "beyond the calendar"],
)
def test_nonsense_is_refused(say, alices, body):
    with pytest.raises(hooks.Refused):
        say(STATUS, body)


def test_words_that_come_too_often_are_refused(say, alices):
    for clock in range(1, 61):
        say(STATUS, encode(PLAIN), clock=clock)
    with pytest.raises(hooks.Refused):
        say(STATUS, encode(PLAIN), clock=1000)


def test_a_choice_is_told_to_those_who_are_there(talks):
    status.choose("dnd", "quarterly numbers", None, False)
    status.choose("dnd", "quarterly numbers", None, False)
    assert told() == [encode(ProfileStatus(State.BUSY, "quarterly numbers", 0))]


def test_whoever_is_away_is_told_when_they_come_back(talks):
    KnownPerson.objects.update(online=False)
    status.choose("away", "", None, False)
    assert told() == []
    KnownPerson.objects.update(online=True)
    for _ in range(2):
        hooks.device_reachable.send(sender=None, peer=talks.pk)
    assert told() == [encode(ProfileStatus(State.AWAY, "", 0))]


def test_who_was_never_told_anything_needs_no_plain_word(talks):
    hooks.device_reachable.send(sender=None, peer=talks.pk)
    assert told() == []


def test_whoever_asks_for_a_profile_is_told_too(say, alices, django_capture_on_commit_callbacks):
    status.choose("away", "", None, False)
    with django_capture_on_commit_callbacks(execute=True):
        say(REQUEST, encode(ProfileRequest(0)))
    assert told() == [encode(ProfileStatus(State.AWAY, "", 0))]


def test_whoever_got_a_request_is_told_too(alices, django_capture_on_commit_callbacks):
    status.choose("away", "", None, False)
    others.ask(alices)
    with django_capture_on_commit_callbacks(execute=True):
        rows = list(Delivery.objects.filter(kind=REQUEST))
        for row in rows:
            row.state = Delivery.State.DELIVERED
        outbox._end(rows)
    assert told() == [encode(ProfileStatus(State.AWAY, "", 0))]


def test_hiding_tells_no_words_and_no_state(talks):
    status.choose("dnd", "secret plans", None, True)
    assert told() == [encode(ProfileStatus(State.HIDDEN, "", 0))]


def test_a_silent_page_makes_idle_and_a_key_makes_online_again(talks):
    attention = Attention(idle_after=0.0)
    attention.step()
    assert OwnStatus.objects.get().idle
    attention._idle_after = 60.0
    attention.saw_input()
    assert 59 < attention.step() <= 60
    assert told() == [encode(ProfileStatus(State.IDLE, "", 0)), encode(PLAIN)]


def test_a_choice_says_more_than_silence(talks):
    status.choose("dnd", "", None, False)
    Attention(idle_after=0.0).step()
    assert told() == [encode(ProfileStatus(State.BUSY, "", 0))]


def test_a_choice_with_an_end_ends(talks):
    status.choose("away", "at lunch", timezone.now() - timedelta(seconds=1), False)
    attention = Attention()
    attention.step()
    assert OwnStatus.objects.get().text == ""
    assert status.said(status.own_status()).state is State.ONLINE


def test_an_idle_node_sleeps(talks):
    assert Attention(idle_after=0.0).step() is None


def test_bob_chooses_on_his_page(browser, talks):
    answer = browser.post("/me/status", {"choice": "dnd", "text": " board\u202e meeting ", "ends": "60"})
    assert answer.status_code == 302
    row = OwnStatus.objects.get()
    assert (row.choice, row.text) == ("dnd", "board meeting")
    assert timedelta(minutes=59) < row.until - timezone.now() <= timedelta(minutes=60)
    assert "board meeting" in browser.get("/me/").content.decode()


@pytest.mark.parametrize("fields", [{"choice": "elsewhere"}, {"text": "x" * 101}, {"ends": "-1"}, {"ends": "99999"}])
def test_what_cannot_be_chosen_is_refused(browser, fields):
    assert browser.post("/me/status", {"choice": "", "text": "", "ends": "", **fields}).status_code == 422
    assert not OwnStatus.objects.exists()


def test_strangers_choose_nothing(db, settings):
    settings.ROOT_URLCONF = "peernet.urls_node"
    assert Client().post("/me/status", {"choice": "dnd"}).status_code == 403


def test_the_list_shows_state_and_words(say, alices, browser):
    say(STATUS, encode(ProfileStatus(State.BUSY, "in the board meeting", 0)))
    page = browser.get("/").content.decode()
    assert 'class="presence dnd"' in page
    assert "in the board meeting" in page
