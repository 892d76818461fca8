"""Bob invites Alice, whose older node knows events, and sees her answers. Mallory answers too."""

import re
import uuid
from datetime import UTC, datetime

import pytest

from messaging import inviting, services
from messaging.errors import CannotWriteTo
from messaging.inviting import Event, NoEvents
from messaging.models import Invitation, Message
from peers.models import ClassicPerson, KnownPerson, PeerDevice
from peers.older import agreement, blocks, events, server, telling
from peers.older.turns import NO_EVENTS
from tests.classic.conftest import fresh
from tests.classic.older_node import HIGHEST_ENCRYPTION, Door
from tests.classic.test_listings import ALICE
from tests.classic.test_page import browser, page

__all__ = ["browser"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]
START, END = 1_900_000_000, 1_900_003_600
DINNER = Event(
    "Dinner", datetime.fromtimestamp(START, UTC), datetime.fromtimestamp(END, UTC), "The harbour", "At eight."
)
EVERY = [(year, number) for year in (2017, 2018) for number in range(HIGHEST_ENCRYPTION[year] + 1)]


def knows(bob, node, port: int = 10001, **changes) -> ClassicPerson:
    """Bob's node has asked Alice's what it can do."""
    node.listed = ["receiveFile", "receiveEvent"]
    return bob.meets(node, port, **({"calls": "receiveevent"} | changes))


def invited(bob, node, event: Event = DINNER) -> Message:
    """Bob has invited Alice, and her node has it."""
    with Door(node) as door:
        person = knows(bob, node, door.port)
        message = inviting.invite(person.person_id, event)
        assert bob.carries(person) is None
    message.refresh_from_db()
    return message


def answers(bob, node, attendance: int = 1, **changes) -> str:
    body = node.attendance(node.name, node.invited[0], attendance)
    return bob.post("/acknowledgeEvent", body | changes)


@pytest.mark.parametrize(("year", "encryption"), EVERY)
def test_an_older_node_gets_the_invitation_by_every_encryption(bob, nodes, settings, year, encryption):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = fresh(nodes[year])
    alice.encryption = [0, encryption]
    message = invited(bob, alice)
    (came,) = alice.invited
    assert int(str(came["encryption"])) == encryption
    assert (came["sender"], came["destination"], came["event_name"]) == ("bob", alice.name, "Dinner")
    assert (came["event_location"], came["event_description"]) == ("The harbour", "At eight.")
    assert (int(came["start_time"]), int(came["end_time"])) == (START, END)
    assert (message.state, message.text, message.mine) == ("handed", "Dinner", True)
    assert message.caution.startswith("Classic, ")


def test_what_bob_leaves_empty_is_left_out_and_clear_times_are_numbers(bob, alice_2017):
    alice_2017.encryption = [0]
    invited(bob, alice_2017, Event("Dinner", DINNER.starts_at, DINNER.ends_at))
    (came,) = alice_2017.invited
    assert set(came) == {"sender", "destination", "encryption", "event_name", "start_time", "end_time"}
    assert came["start_time"] == START


def test_a_description_that_is_too_long_for_standard_3_goes_by_the_next(bob, alice_2017):
    alice_2017.encryption = [0, 2, 3]
    invited(bob, alice_2017, Event("Dinner", DINNER.starts_at, DINNER.ends_at, "", "x" * 500))
    assert alice_2017.invited[0]["encryption"] == 2


# Answers


@pytest.mark.parametrize(("attendance", "words"), [(0, "Not going"), (1, "Going"), (2, "Maybe")])
def test_an_answer_stands_in_bobs_invitation_and_delivers_it(bob, alice_2017, browser, settings, attendance, words):
    settings.ROOT_URLCONF, settings.TIME_ZONE = "peernet.urls_node", "UTC"
    message = invited(bob, alice_2017)
    shown = page(browser, message.conversation.direct_with)
    assert "No answer yet." in shown
    assert re.search(r"17 March 2030, 17:46</time> to <time [^>]* data-until>18:46</time>", shown)
    assert 'name="attendance"' not in shown
    settings.ROOT_URLCONF = "peernet.urls_classic_node"
    assert answers(bob, alice_2017, attendance) == "0"
    message.refresh_from_db()
    assert (message.state, message.invitation.answer) == ("delivered", attendance)
    settings.ROOT_URLCONF = "peernet.urls_node"
    assert f"Answered: {words}. Nothing proves by whom." in page(browser, message.conversation.direct_with)


def test_an_answer_may_change_and_the_pages_hear_of_each_change_once(bob, alice_2017, monkeypatch):
    told = []
    monkeypatch.setattr(inviting, "publish_states", lambda conversation, pks: told.extend(pks))
    message = invited(bob, alice_2017)
    assert [answers(bob, alice_2017, number) for number in (1, 2, 2, 0)] == ["0"] * 4
    assert Invitation.objects.get().answer == 0
    assert told == [message.pk] * 3


@pytest.mark.parametrize("start", [START, str(START), float(START), f"{START}.0", START * 1000])
def test_an_answer_names_the_start_in_any_spelling(bob, alice_2017, start):
    invited(bob, alice_2017)
    assert answers(bob, alice_2017, start_time=start) == "0"


def test_an_answer_of_a_node_that_keeps_names_as_html_is_understood(bob, alice_2017):
    invited(bob, alice_2017, Event("Q&A <late>", DINNER.starts_at, DINNER.ends_at))
    assert answers(bob, alice_2017, event_name="Q&amp;A &lt;late&gt;") == "0"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sender": "mallory"}, "4"),
        ({"event_name": "Lunch"}, "4"),
        ({"start_time": START + 1}, "4"),
        ({"start_time": START + 0.5}, "4"),
        ({"start_time": "soon"}, "4"),
        ({"start_time": 10**400}, "4"),
        ({"attendance": 3}, "1"),
        ({"attendance": None}, "1"),
        ({"event_name": None}, "1"),
    ],
)
def test_an_answer_to_something_else_gets_its_code_and_changes_nothing(bob, alice_2017, changes, code):
    invited(bob, alice_2017)
    assert answers(bob, alice_2017, **changes) == code
    assert Invitation.objects.get().answer is None
    assert bob.messages.get().state == "handed"


def test_nobody_answers_their_own_invitation_in_bobs_name(bob, alice_2017):
    bob.post("/receiveEvent", alice_2017.compose_event("bob", "Birthday"))
    said = {"sender": alice_2017.name, "event_name": "Birthday", "start_time": "1900000000", "attendance": 1}
    assert bob.post("/acknowledgeEvent", said) == "4"
    assert Invitation.objects.get().answer is None


def test_a_blocked_name_and_a_peernet_persons_answer_nothing(bob, alice_2017):
    invited(bob, alice_2017)
    blocks.block(alice_2017.name)
    assert answers(bob, alice_2017) == "11"
    blocks.unblock(alice_2017.name)
    native = KnownPerson.objects.create(user_name=alice_2017.name)
    PeerDevice.objects.create(device=b"a" * 32, person=native, card=b"", card_version=1, pinned=True)
    assert answers(bob, alice_2017) == "2"
    assert Invitation.objects.get().answer is None


# On its way


def test_an_invitation_waits_for_a_node_that_is_away(bob, alice_2017):
    person = knows(bob, alice_2017, 9)
    inviting.invite(person.person_id, DINNER)
    assert bob.carries(person) > 0
    assert bob.messages.get().state == "waiting"


@pytest.mark.parametrize("end", ["refused", "taken back"])
def test_an_invitation_that_failed_goes_again_whole(bob, alice_2017, end):
    with Door(alice_2017) as door:
        person = knows(bob, alice_2017, door.port)
        message = inviting.invite(person.person_id, DINNER)
        if end == "refused":
            alice_2017.answers = ["2"]
            bob.carries(person)
        else:
            services.cancel(message)
        message.refresh_from_db()
        assert message.state == "failed"
        services.retry(message)
        assert bob.carries(person) is None
    assert alice_2017.invited[0]["event_description"] == "At eight."


def test_a_node_that_no_longer_knows_events_fails_it_with_a_way_out(bob, alice_2017):
    with Door(alice_2017) as door:
        person = knows(bob, alice_2017, door.port)
        alice_2017.listed = ["receiveFile"]
        inviting.invite(person.person_id, DINNER)
        bob.carries(person)
    assert bob.messages.get().reason == NO_EVENTS
    assert not alice_2017.invited


def test_no_invitation_goes_more_weakly_than_the_settings_say(bob, alice_2017, settings):
    settings.PEERNET_CLASSIC_MIN_ENCRYPTION = 3
    alice_2017.encryption = [0, 1, 2]
    message = invited(bob, alice_2017)
    assert "no encryption as strong" in message.reason
    assert not alice_2017.invited


# Where it is offered


def link(person: ClassicPerson) -> str:
    return f"/with/{person.person_id}/event"


def test_it_is_offered_only_where_their_node_lists_the_call(bob, alice_2017, browser):
    person = bob.meets(alice_2017)
    assert link(person) not in page(browser, person.person)
    assert browser.get(link(person)).status_code == 404
    with pytest.raises(NoEvents):
        inviting.invite(person.person_id, DINNER)
    ClassicPerson.objects.update(calls="receivemessage receiveevent")
    assert link(person) in page(browser, person.person)
    assert browser.get(link(person)).status_code == 200


def test_it_is_never_offered_in_a_native_conversation(browser):
    carol = KnownPerson.objects.create(user_name="carol")
    assert "/event" not in page(browser, carol)
    assert browser.get(f"/with/{carol.pk}/event").status_code == 404


def test_a_blocked_person_is_invited_to_nothing(bob, alice_2017, browser):
    person = knows(bob, alice_2017)
    blocks.block(person.user_name)
    assert link(person) not in page(browser, person.person)
    with pytest.raises(CannotWriteTo):
        inviting.invite(person.person_id, DINNER)


def test_what_a_node_can_do_is_asked_before_the_first_message_and_anew_when_it_moved(bob, alice_2017):
    with Door(alice_2017) as door:
        alice_2017.listed = ["receiveEvent"]
        person = bob.meets(alice_2017, door.port)
        telling.Asker().serve(person.pk, knock=False, ending=lambda: False)
    person.refresh_from_db()
    assert "receiveevent" in person.calls.split()
    server._place(person, ALICE)
    person.refresh_from_db()
    assert (person.calls, telling.due()) == ("", [person.pk])


def test_pages_hear_when_a_node_comes_to_know_events(bob, alice_2017, monkeypatch):
    told = []
    monkeypatch.setattr(agreement.events, "publish", lambda what, **_: told.append(what))
    with Door(alice_2017) as door:
        person = knows(bob, alice_2017, door.port, calls="")
        for _ in range(2):
            agreement.note_calls(person, agreement.Client(person.ip, person.port, 2017, "bob", allow_loopback=True))
    assert told == ["people"]


# The form


FIELDS = {"name": "Dinner", "starts_at": "2030-03-17T19:00", "ends_at": "2030-03-17T22:30", "location": "The harbour"}


def post(browser, person, **changes):
    answer = browser.post(link(person), FIELDS | changes)
    return answer.status_code, answer.content.decode()


def test_bob_invites_by_the_form_which_sent_twice_invites_once(bob, alice_2017, browser):
    person, key = knows(bob, alice_2017), str(uuid.uuid4())
    shown = browser.get(link(person)).content.decode()
    assert 'type="datetime-local"' in shown
    assert post(browser, person, key=key)[0] == post(browser, person, key=key)[0] == 303
    row = Invitation.objects.get()
    assert (row.message.text, row.location, row.ends_at > row.starts_at) == ("Dinner", "The harbour", True)
    assert row.start_literal == str(int(row.starts_at.timestamp()))
    letter = person.letters.get()
    assert (letter.kind, letter.mine, letter.state) == ("event", True, "waiting")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Say what it is."),
        ({"name": "\u200b"}, "in words that others can see"),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"location": "x" * 201}, "at most 200 characters"),
        ({"description": "x" * 4001}, "at most 4000 characters"),
        ({"starts_at": ""}, "Say when it begins."),
        ({"ends_at": ""}, "Say when it ends."),
        ({"starts_at": "tomorrow"}, "Write day and time like"),
        ({"ends_at": "2030-03-17T19:00"}, "It ends before it begins."),
        ({"starts_at": "2020-01-01T10:00", "ends_at": "2020-01-01T11:00"}, "It is over already."),
        ({"ends_at": "2100-01-01T10:00"}, "too far away"),
    ],
)
def test_what_cannot_be_sent_is_shown_again_with_what_to_do(bob, alice_2017, browser, changes, sentence):
    person = knows(bob, alice_2017)
    status, shown = post(browser, person, **changes)
    assert (status, sentence in shown) == (422, True)
    assert not Message.objects.exists()


def test_a_person_who_can_no_longer_be_invited_is_told_so_in_the_form(bob, alice_2017, browser):
    person = knows(bob, alice_2017)
    ClassicPerson.objects.update(calls="")
    status, shown = post(browser, person)
    assert (status, "Write the event in a message instead." in shown) == (422, True)


def test_answers_are_limited(bob, alice_2017, monkeypatch):
    invited(bob, alice_2017)
    monkeypatch.setattr(events.limits, "MESSAGES", events.limits.RateLimitItemPerMinute(2))
    assert [answers(bob, alice_2017) for _ in range(3)] == ["0", "0", "11"]
