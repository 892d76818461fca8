"""Alice's 2017 node invites Bob to an event; he answers. And Markdown, which her messages may be written in."""

import json

import pytest
from django.test import Client

from messaging import invitations
from messaging.models import Invitation, Message
from peers.models import ClassicLetter
from peers.older import client, people
from tests.classic.older_node import Door
from tests.classic.test_page import browser, page

__all__ = ["browser"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]
GOING, MAYBE = Invitation.Attendance.GOING, Invitation.Attendance.MAYBE


def invite(bob, alice, **changes) -> str:
    return bob.post("/receiveEvent", alice.compose_event("bob", "Birthday", **changes))


@pytest.mark.parametrize("encryption", [0, 1, 2, 4])
def test_an_invitation_stands_in_the_conversation_once(bob, alice_2017, encryption):
    body = alice_2017.compose_event("bob", "Birthday", encryption, bob.key())
    assert bob.post("/receiveEvent", body) == bob.post("/receiveEvent", body) == "0"
    (message,) = bob.messages
    row = message.invitation
    assert (message.text, row.location, row.description) == ("Birthday", "The lab", "With *cake*")
    assert (int(row.starts_at.timestamp()), int(row.ends_at.timestamp())) == (1900000000, 1900003600)
    assert "Sender not proven." in message.caution
    assert message.conversation.unread == 1


@pytest.mark.parametrize("start", [1900000000, "1900000000", 1900000000.5])
@pytest.mark.parametrize("attendance", [0, 1, 2])
def test_bobs_answer_names_the_event_as_it_was_named(bob, alice_2017, start, attendance):
    with Door(alice_2017) as door:
        person = bob.meets(alice_2017, door.port)
        invite(bob, alice_2017, start_time=start)
        invitations.answer(bob.messages.get(), attendance)
        assert bob.carries(person) is None
    assert alice_2017.attending == [
        {"sender": "bob", "event_name": "Birthday", "start_time": start, "attendance": attendance}
    ]
    row = Invitation.objects.get()
    assert (row.answer, row.state) == (attendance, "handed")


def test_an_answer_may_change_also_while_it_is_on_its_way(bob, alice_2017, monkeypatch):
    with Door(alice_2017) as door:
        person = bob.meets(alice_2017, door.port)
        invite(bob, alice_2017)
        message, post = bob.messages.get(), client.Client.post
        invitations.answer(message, GOING)

        def changes_his_mind(self, path: str, *args) -> str:
            if path == "/acknowledgeEvent" and not alice_2017.attending:
                invitations.answer(message, MAYBE)
            return post(self, path, *args)

        monkeypatch.setattr(client.Client, "post", changes_his_mind)
        assert bob.carries(person) is None
    assert [said["attendance"] for said in alice_2017.attending] == [GOING, MAYBE]
    assert (Invitation.objects.get().answer, Invitation.objects.get().state) == (MAYBE, "handed")


def test_an_answer_that_is_refused_says_so(bob, alice_2017):
    with Door(alice_2017) as door:
        person = bob.meets(alice_2017, door.port)
        invite(bob, alice_2017)
        invitations.answer(bob.messages.get(), GOING)
        alice_2017.answers = ["2"]
        bob.carries(person)
    assert Invitation.objects.get().reason == "Their program does not know you."


def test_no_answer_goes_in_the_clear_where_the_settings_forbid_it(bob, alice_2017, settings):
    settings.PEERNET_CLASSIC_MIN_ENCRYPTION = 3
    with Door(alice_2017) as door:
        person = bob.meets(alice_2017, door.port)
        invite(bob, alice_2017)
        invitations.answer(bob.messages.get(), GOING)
        bob.carries(person)
    assert not alice_2017.attending
    assert Invitation.objects.get().state == "failed"


def test_bob_sees_an_invitation_and_answers_on_the_page(bob, alice_2017, browser: Client, settings):
    settings.ROOT_URLCONF = "peernet.urls_classic_node"
    person = bob.meets(alice_2017).person
    invite(bob, alice_2017)
    settings.ROOT_URLCONF = "peernet.urls_node"
    shown = page(browser, person)
    assert all(words in shown for words in ("Birthday", "The lab", "With *cake*", ">Going<", ">Maybe<", ">Not going<"))
    where = f"/messages/{bob.messages.get().hex}/attend"
    assert browser.post(where, {"attendance": "2"}).status_code == 303
    assert 'value="2" aria-pressed="true"' in page(browser, person)
    assert browser.post(where, {"attendance": "3"}).status_code == 404


@pytest.mark.parametrize("name", ["sender", "destination", "event_name", "start_time", "end_time"])
@pytest.mark.parametrize("value", [None, "", [], True])
def test_an_invitation_with_a_bad_field_gets_1(bob, alice_2017, name, value):
    assert bob.post("/receiveEvent", alice_2017.compose_event("bob", "Birthday") | {name: value}) == "1"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event_name": "x" * 201}, "6"),
        ({"event_description": "x" * 20_000}, "6"),
        ({"event_name": "\u200b"}, "1"),
        ({"event_location": "a\0"}, "1"),
        ({"start_time": "tomorrow"}, "1"),
        ({"encryption": 2}, "9"),
        ({"encryption": 5}, "9"),
        ({"destination": "nobody"}, "3"),
    ],
)
def test_a_bad_invitation_gets_its_code_and_is_not_kept(bob, alice_2017, changes, code):
    assert bob.post("/receiveEvent", alice_2017.compose_event("bob", "Birthday") | changes) == code
    assert not ClassicLetter.objects.exists()
    assert not Message.objects.exists()


def test_a_time_that_no_page_can_show_is_kept_as_none(bob, alice_2017):
    assert invite(bob, alice_2017, end_time="9" * 17) == "0"
    assert Invitation.objects.get().ends_at is None


def test_a_blocked_sender_invites_nobody(bob, alice_2017):
    people.block(bob.meets(alice_2017), True)
    assert invite(bob, alice_2017) == "11"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "4"),
        ({"attendance": 3}, "1"),
        ({"attendance": None}, "1"),
        ({"sender": "a b"}, "1"),
        ({"event_name": ""}, "1"),
    ],
)
def test_an_answer_to_what_bob_never_asked_gets_its_code(bob, changes, code):
    said = {"sender": "alic001", "event_name": "Birthday", "start_time": 1, "attendance": 1}
    assert bob.post("/acknowledgeEvent", json.dumps(said | changes).encode()) == code


# Markdown


def test_markdown_is_shown_as_it_is_meant_and_runs_nothing(bob, alice, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_classic_node"
    person = bob.meets(alice).person
    words = "**bold** <script>alert(1)</script> ![x](http://evil.example/x.png) [y](javascript:alert(1))"
    assert bob.hear(alice.compose("bob", words, markdown="1")) == "0"
    settings.ROOT_URLCONF = "peernet.urls_node"
    shown = page(browser, person)
    assert "<strong>bold</strong>" in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "<img" not in shown.split('class="words formatted"')[1].split("</li>")[0]
    assert 'href="javascript' not in shown


def test_markdown_that_takes_long_is_shown_as_it_was_typed(bob, alice, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_classic_node"
    person = bob.meets(alice).person
    bob.hear(alice.compose("bob", "[" * 60_000, markdown="1"))
    settings.ROOT_URLCONF = "peernet.urls_node"
    assert "[" * 60_000 in page(browser, person)


def test_what_is_not_called_markdown_stays_as_it_was_typed(bob, alice, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_classic_node"
    person = bob.meets(alice).person
    bob.hear(alice.compose("bob", "**not bold**"))
    settings.ROOT_URLCONF = "peernet.urls_node"
    assert "**not bold**" in page(browser, person)
