"""Bob clicks on the state of a message, and learns how it fared."""

import pytest

from messaging import services
from messaging.fate import fate
from messaging.models import Message
from peers.models import Delivery

pytestmark = pytest.mark.django_db(transaction=True)


def told(message):
    message = Message.objects.get(pk=message.pk)
    return [(step.what, step.at, step.meaning) for step in fate(message)]


def test_a_message_that_waits_says_what_it_waits_for(story):
    written, waiting = told(story.say("Hello"))
    assert (written[0], waiting[0], waiting[1]) == ("Written by you", "Waiting on this computer", None)
    assert "as soon as Alice Ärztin's computer answers" in waiting[2]


def test_a_read_message_tells_when_it_was_delivered_and_read(story):
    message = story.say("Hello")
    story.deliver(message)
    story.hear_read(message.payload_id)
    message.refresh_from_db()
    _, delivered, read = told(message)
    assert delivered[:2] == ("Delivered to Alice Ärztin", message.delivered_at)
    assert read[:2] == ("Read by Alice Ärztin", message.read_at)


def test_a_failed_message_says_why(story):
    message = story.say("Hello")
    story.deliver(message, state=Delivery.State.FAILED, reason="Her disk is full.")
    assert told(message)[-1] == ("Not delivered", None, "Her disk is full.")


def test_a_message_of_theirs_tells_when_it_was_written_and_when_it_came(story):
    story.hear("Hello")
    message = Message.objects.get()
    written, arrived = told(message)
    assert written[:2] == ("Written by Alice Ärztin", message.sent_at)
    assert arrived[:2] == ("Arrived here", message.created_at)


def test_the_page_is_whole_for_a_link_and_a_fragment_for_a_script(story, browser):
    message = story.say("Hello <b>")
    page = browser.get(f"/messages/{message.hex}/fate", headers={"Sec-Fetch-Mode": "navigate"}).content.decode()
    assert "<html" in page
    assert "Hello &lt;b&gt;" in page
    fragment = browser.get(f"/messages/{message.hex}/fate").content.decode()
    assert "<html" not in fragment
    assert message.hex in fragment


def test_a_message_that_is_not_there_is_not_found(browser):
    assert browser.get(f"/messages/{'0' * 32}/fate").status_code == 404


def test_a_stranger_learns_nothing(story, client, pages):
    message = story.say("Hello")
    services.cancel(message)
    assert client.get(f"/messages/{message.hex}/fate").status_code in (302, 401)
