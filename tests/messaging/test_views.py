"""Bob's pages without script: reading, sending, trying again; and what strangers get of them."""

import dataclasses
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import services
from messaging.models import Conversation, Message
from messaging.payloads import RECEIPT
from peers import reachability
from peers.attempts import FULL
from peers.models import Delivery, Lane, LoginServer, Way
from tests.peers.conftest import known
from tests.protocol.cast import Device

FAILED = Delivery.State.FAILED


@pytest.fixture
def at(story):
    """The address of something in the conversation with Alice."""
    return lambda rest="": f"/with/{story.id}/{rest}"


@pytest.fixture
def failed(story):
    message = story.say("hello")
    story.deliver(message, state=FAILED, reason="Their node refused this message.")
    return message


def every_url(story, message):
    known = f"/with/{story.id}"
    reads = ["/", f"{known}/", f"{known}/older?before=5"]
    writes = [f"{known}/send", f"{known}/read"]
    return reads, writes + [f"/messages/{message.hex}/{what}" for what in ("retry", "cancel", "delete")]


def test_the_page_shows_the_words_and_is_not_kept_by_the_browser(story, browser, at):
    story.hear("Grüße 👋")
    story.say("hello")
    page = browser.get(at())
    assert page.status_code == 200
    assert "Grüße 👋" in page.content.decode()
    assert [bubble.text for bubble in page.context["messages"]] == ["Grüße 👋", "hello"]
    assert page.context["conversation"].name == "Alice Ärztin"
    assert (page.context["unread_total"], page.context["verified"]) == (1, True)
    assert "no-store" in page["Cache-Control"]


def test_the_first_page_shows_people_and_no_conversation(story, browser):
    page = browser.get("/")
    assert page.status_code == 200
    assert page.context["conversation"] is None
    assert [row.name for row in page.context["people"]["online"]] == ["Alice Ärztin"]


def test_looking_at_any_page_changes_nothing(story, browser):
    story.hear("hello")
    message = story.say("hi")
    before = (list(Conversation.objects.values()), list(Message.objects.values()), Delivery.objects.count())
    for url in every_url(story, message)[0]:
        assert browser.get(url).status_code == 200
    assert before == (list(Conversation.objects.values()), list(Message.objects.values()), Delivery.objects.count())


def test_scripts_in_words_and_names_stay_words(story, browser, at):
    story.person.display_name = "<script>alert(1)</script>"
    story.person.save()
    story.hear("<img src=x onerror=alert(2)>")
    content = browser.get(at()).content.decode()
    assert "<script>alert(1)" not in content
    assert "<img src=x" not in content


def test_older_messages_come_as_a_fragment(story, browser, at):
    for number in range(60):
        story.say(f"message {number}")
    page = browser.get(at())
    assert (len(page.context["messages"]), page.context["has_older"]) == (50, True)
    older = browser.get(at("older"), {"before": page.context["oldest"]})
    assert [bubble.text for bubble in older.context["messages"]] == [f"message {number}" for number in range(10)]
    assert (older.context["has_older"], b"<html" in older.content) == (False, False)
    assert "no-store" in older["Cache-Control"]


def test_without_script_older_messages_are_a_page_of_their_own(story, browser, at):
    for number in range(60):
        story.say(f"message {number}")
    before = browser.get(at()).context["oldest"]
    page = browser.get(at("older"), {"before": before}, headers={"Sec-Fetch-Mode": "navigate"})
    assert "messaging/page.html" in [template.name for template in page.templates]
    assert len(page.context["messages"]) == 10


@pytest.mark.parametrize("before", ["", "0", "-1", "x", "9223372036854775808", "1e3", "NaN", "\0"])
def test_older_than_nonsense_is_not_found(story, browser, at, before):
    assert browser.get(at("older"), {"before": before}).status_code == 404


def test_what_is_sent_is_stored_and_the_page_shown_again(story, browser, at):
    answer = browser.post(at("send"), {"text": "hello\r\nAlice"})
    assert (answer.status_code, answer["Location"]) == (303, at())
    assert Message.objects.get().text == "hello\nAlice"


def test_a_form_sent_twice_is_one_message(story, browser, at):
    form = {"text": "hello", "key": str(browser.get(at()).context["composer_key"])}
    assert [browser.post(at("send"), form).status_code for _ in range(2)] == [303, 303]
    assert Message.objects.count() == Delivery.objects.count() == 1


def test_who_answers_has_read_what_stood_on_the_page(story, browser, at):
    story.hear("hello")
    seen = Message.objects.get().pk
    story.hear("and one more thing")
    browser.post(at("send"), {"text": "hi", "up_to": seen})
    assert story.conversation.unread == 1


def test_reading_without_script_is_a_click(story, browser, at):
    story.hear("hello")
    assert browser.post(at("read"), {"up_to": Message.objects.get().pk}).status_code == 303
    assert story.conversation.unread == 0
    assert Delivery.objects.get().kind == RECEIPT


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9223372036854775808"])
def test_reading_up_to_nonsense_reads_nothing(story, browser, at, up_to):
    story.hear("hello")
    assert browser.post(at("read"), {"up_to": up_to}).status_code == 303
    assert story.conversation.unread == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \r\n", "nothing to send yet"),
        ("x" * 65_537, "too long to send: 65,537 bytes"),
        ("a\0b", "invisible character that cannot be sent"),
    ],
)
def test_words_that_cannot_be_sent_stay_in_the_composer_with_the_reason(story, browser, at, text, sentence):
    answer = browser.post(at("send"), {"text": text})
    assert answer.status_code == 422
    assert answer.context["composer_text"] == text
    assert sentence in answer.context["composer_error"]
    assert not Message.objects.exists()


def test_a_form_without_words_is_answered_with_a_sentence(story, browser, at):
    assert browser.post(at("send")).status_code == 422
    assert browser.post(at("send"), {"key": "no key", "up_to": "x"}).status_code == 422


def test_a_person_without_a_device_cannot_be_written_to_and_the_page_says_so(story, browser, carol):
    page = browser.get(f"/with/{carol.pk}/")
    assert not page.context["conversation"].can_send
    answer = browser.post(f"/with/{carol.pk}/send", {"text": "hello"})
    assert (answer.status_code, answer.context["composer_text"]) == (422, "hello")
    assert "has not signed in on a computer yet" in answer.context["composer_error"]


def test_a_failed_message_is_tried_again_cancelled_and_removed(story, browser, failed):
    for what, states in (("retry", ["waiting"]), ("cancel", ["failed"]), ("delete", [])):
        assert browser.post(f"/messages/{failed.hex}/{what}").status_code == 303
        assert list(Message.objects.values_list("state", flat=True)) == states


@pytest.mark.parametrize("what", ["retry", "cancel", "delete"])
def test_what_is_delivered_stays_and_the_page_says_why(story, browser, what):
    message = story.say("hello")
    story.deliver(message)
    answer = browser.post(f"/messages/{message.hex}/{what}")
    assert answer.status_code == 422
    assert answer.context["composer_error"]
    assert Message.objects.get().state == "delivered"


@pytest.mark.parametrize("what", ["retry", "cancel", "delete"])
def test_alices_message_cannot_be_touched_nor_one_that_is_not_there(story, browser, what):
    theirs = story.hear("hello")
    assert browser.post(f"/messages/{theirs.id.hex()}/{what}").status_code == 404
    assert browser.post(f"/messages/{bytes(16).hex()}/{what}").status_code == 404
    assert browser.post(f"/messages/{theirs.id.hex().upper()}0/{what}").status_code == 404


def test_a_person_whom_nobody_knows_is_not_found(story, browser):
    for rest in ("", "older?before=1"):
        assert browser.get(f"/with/{uuid.uuid4()}/{rest}").status_code == 404
    for rest in ("send", "read"):
        assert browser.post(f"/with/{uuid.uuid4()}/{rest}", {"text": "x"}).status_code == 404


def test_a_stranger_sees_and_does_nothing(story, browser, failed):
    story.hear("secret words")
    reads, writes = every_url(story, failed)
    answers = [Client().get(url) for url in reads] + [Client().post(url, {"text": "x", "up_to": 9}) for url in writes]
    assert all(answer.status_code in (302, 401, 403) for answer in answers)
    assert all(b"secret" not in answer.content and b"Alice" not in answer.content for answer in answers)
    assert (Message.objects.count(), story.conversation.unread) == (2, 1)
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_the_password_without_the_code_opens_nothing(story, sign_in, failed):
    half = sign_in(Client(), with_code=False)
    reads, writes = every_url(story, failed)
    assert all(half.get(url).status_code in (302, 401, 403) for url in reads)
    assert all(half.post(url, {"text": "x"}).status_code in (302, 401, 403) for url in writes)
    assert Message.objects.count() == 1


def test_nothing_is_done_for_a_form_of_another_page(story, sign_in, failed):
    careful = sign_in(Client(enforce_csrf_checks=True))
    for url in every_url(story, failed)[1]:
        assert careful.post(url, {"text": "x", "up_to": 9}).status_code == 403
    assert Message.objects.get().state == "failed"


def test_each_address_takes_its_own_method_only(story, browser, failed):
    reads, writes = every_url(story, failed)
    assert {browser.get(url).status_code for url in writes} == {405}
    assert {browser.post(url).status_code for url in reads} == {405}
    assert {browser.head(url).status_code for url in reads} == {200}


def test_the_page_says_which_ways_are_broken(story, browser, at):
    now = timezone.now()
    LoginServer.objects.create(address="198.51.100.9:8101", key=bytes(32), token="t" * 40, down_since=now)
    Lane.objects.create(peer=story.device, failing_since=now, last_error="timeout")
    page = browser.get(at())
    assert [link.which for link in page.context["links"]] == ["server", "peer"]
    LoginServer.objects.update(down_since=None)
    Lane.objects.update(failing_since=None)
    assert browser.get(at()).context["links"] == []


def test_a_silent_computer_of_somebody_who_is_away_is_no_news_until_something_waits(story, browser, at):
    Lane.objects.create(peer=story.device, failing_since=timezone.now())
    story.person.online = False
    story.person.save()
    assert browser.get(at()).context["links"] == []
    story.say("hello")
    assert [link.which for link in browser.get(at()).context["links"]] == ["peer"]


def test_while_one_of_somebodys_computers_answers_the_other_is_not_missed(story, browser, at):
    hour = timezone.localtime().replace(hour=8, minute=30)
    Lane.objects.create(peer=story.device, failing_since=hour)
    laptop = known(dataclasses.replace(Device.new(), person=story.id.bytes), pinned=True)
    assert browser.get(at()).context["links"] == []
    lane = Lane.objects.create(peer=laptop)
    assert browser.get(at()).context["links"] == []
    lane.failing_since = hour.replace(minute=45)
    lane.save()
    (link,) = browser.get(at()).context["links"]
    assert link.sentence.startswith("No computer of Alice Ärztin has answered since ")
    assert "8:45" in link.sentence
    laptop.pinned = False
    laptop.save()
    (link,) = browser.get(at()).context["links"]
    assert link.sentence.startswith("The computer of Alice Ärztin has not answered since ")


def test_a_full_computer_is_not_called_silent(story, browser, at):
    Lane.objects.create(peer=story.device, failing_since=timezone.now(), last_error=FULL)
    (link,) = browser.get(at()).context["links"]
    assert "no room for more messages" in link.sentence


def test_where_no_way_exists_the_page_names_the_ways_out(story, browser, at):
    Way.objects.create(peer=story.device, undialled_since=timezone.now() - timedelta(minutes=5))
    (link,) = browser.get(at()).context["links"]
    assert link.which == "peer"
    assert reachability.WAYS_OUT in link.sentence


def test_the_head_says_how_somebody_is_reached(story, browser, at):
    assert browser.get(at()).context["conversation"].route == ""
    way = Way.objects.create(peer=story.device, dialled_at=timezone.now())
    assert browser.get(at()).context["conversation"].route == "direct"
    way.undialled_since = way.pulled_at = timezone.now()
    way.save()
    head = browser.get(at()).context["conversation"]
    assert head.route == "pull"
    assert "fetches" in head.route_sentence
    story.person.online = False
    story.person.save()
    assert browser.get(at()).context["conversation"].route == ""


def test_a_computer_that_fetches_by_itself_is_not_called_silent(story, browser, at):
    Lane.objects.create(peer=story.device, failing_since=timezone.now())
    Way.objects.create(peer=story.device, pulled_at=timezone.now())
    assert browser.get(at()).context["links"] == []


def test_changed_keys_stop_the_composer_and_the_page_says_what_to_do(story, browser, at, other_keys):
    story.person.changed_statements = other_keys
    story.person.save()
    head = browser.get(at()).context["conversation"]
    assert (head.stopped, head.can_send) == (True, False)
    assert "Call them and ask" in head.peer_sentence


def test_the_page_costs_the_same_however_much_was_said(story, browser, at):
    counts = []
    browser.get(at())
    for more in (60, 400):
        for number in range(more):
            story.hear(f"message {number}")
        with CaptureQueriesContext(connection) as queries:
            browser.get(at())
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20


def test_a_cancelled_message_offers_retry_with_its_reason(story, browser, at):
    services.cancel(story.say("hello"))
    (bubble,) = browser.get(at()).context["messages"]
    assert (bubble.state, bubble.reason) == ("failed", services.CANCELLED)


def test_a_page_is_drawn_of_the_same_bubbles_as_live_ones(browser, story):
    for text in ("one", "two", "<b>three</b>"):
        story.hear(text)
    page = browser.get(f"/with/{story.person.pk}/").content.decode()
    assert page.count('<li class="message theirs') == 3
    assert "&lt;li" not in page
    assert "&lt;b&gt;three" in page
