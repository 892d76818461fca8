"""Pages of a conversation: the newest fifty, older ones, and what came since."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import history, services
from messaging.conversations import note
from messaging.history import PAGE, Tail
from messaging.models import Message, Notice
from messaging.people import people
from messaging.rows import initials


@pytest.fixture
def long(story):
    """Fill a conversation with rows, quickly: every third one is Bob's."""

    def fill(count):
        start, conversation = Message.objects.count(), story.conversation
        now = timezone.now()
        rows = [
            Message(
                payload_id=number.to_bytes(16, "big"),
                conversation=conversation,
                mine=number % 3 == 0,
                text=f"message {number}",
                clock=number,
                sent_at=now,
                created_at=now,
                state="delivered",
            )
            for number in range(start, start + count)
        ]
        Message.objects.bulk_create(rows)
        return conversation

    return fill


def texts(bubbles):
    return [bubble.text for bubble in bubbles]


def test_a_page_is_the_newest_fifty_oldest_first(long):
    page = history.latest(long(120), "Alice")
    assert texts(page.bubbles) == [f"message {number}" for number in range(70, 120)]
    assert (page.has_older, page.oldest) == (True, page.bubbles[0].pk)


def test_older_pages_lead_to_the_first_message_without_a_gap(long):
    conversation = long(120)
    page, seen = history.latest(conversation, "Alice"), []
    while True:
        seen = texts(page.bubbles) + seen
        if not page.has_older:
            break
        page = history.older(conversation, "Alice", page.oldest)
    assert seen == [f"message {number}" for number in range(120)]


def test_a_conversation_of_exactly_one_page_has_nothing_older(long):
    assert not history.latest(long(PAGE), "Alice").has_older


def test_a_conversation_that_was_never_opened_is_an_empty_page():
    assert history.latest(None, "Alice") == history.Page()


@pytest.mark.parametrize("which", ["latest", "older", "newer", "again"])
def test_a_page_costs_the_same_in_a_short_and_in_a_long_conversation(long, which):
    counts = []
    for more in (60, 5000):
        conversation = long(more)
        last = conversation.messages.order_by("-pk")[0].pk
        args = {
            "latest": (),
            "older": (last,),
            "newer": (Tail(last - 5), True),
            "again": ([last, last - 7, last - 20],),
        }
        with CaptureQueriesContext(connection) as queries:
            getattr(history, which)(conversation, "Alice", *args[which])
        counts.append(len(queries))
        for query in queries:
            if query["sql"].startswith("SELECT"):
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                    plan = " / ".join(row[3] for row in cursor.fetchall())
                assert "SCAN messaging" not in plan, plan
    assert counts[0] == counts[1] <= 4


def test_the_first_bubble_of_a_page_knows_what_stands_before_it(long):
    page = history.latest(long(120), "Alice")
    assert not page.bubbles[0].starts_day
    first = history.older(long(0), "Alice", page.oldest - 19)
    assert (first.has_older, first.bubbles[0].starts_day) == (True, False)


def test_each_day_starts_with_its_first_bubble(story):
    for text in ("one", "two", "three"):
        story.hear(text)
    Message.objects.filter(text="one").update(created_at=timezone.now() - timedelta(days=1))
    bubbles = history.latest(story.conversation, "Alice").bubbles
    assert [bubble.starts_day for bubble in bubbles] == [True, True, False]
    assert bubbles[1].day - bubbles[0].day == timedelta(days=1)


def test_messages_of_one_person_within_five_minutes_belong_together(story):
    story.hear("one")
    story.hear("two")
    story.say("three")
    story.say("four")
    Message.objects.filter(text="four").update(created_at=timezone.now() + timedelta(minutes=6))
    bubbles = history.latest(story.conversation, "Alice").bubbles
    assert [bubble.follows for bubble in bubbles[:3]] == [False, True, False]
    assert not bubbles[3].follows


def test_the_mark_stands_before_the_first_unread_message(story):
    for text in ("one", "two", "three"):
        story.hear(text)
    services.mark_read(story.conversation, Message.objects.get(text="one").pk)
    bubbles = history.latest(story.conversation, "Alice").bubbles
    assert [bubble.first_unread for bubble in bubbles] == [False, True, False]


def test_there_is_no_mark_when_all_is_read_or_the_first_unread_is_further_up(story, long):
    conversation = long(120)
    assert not any(bubble.first_unread for bubble in history.latest(conversation, "Alice").bubbles)
    conversation.unread = 120
    assert not any(bubble.first_unread for bubble in history.latest(conversation, "Alice").bubbles)


def test_a_page_opens_as_far_up_as_the_first_unread_message_of_a_weekend(story):
    for number in range(90):
        story.hear(f"message {number}")
    services.mark_read(story.conversation, Message.objects.get(text="message 9").pk)
    page = history.latest(story.conversation, "Alice")
    assert page.bubbles[0].text == "message 10"
    assert page.bubbles[0].first_unread
    assert page.has_older


def test_a_notice_stands_where_it_happened_on_one_page_only(story, long):
    conversation = long(60)
    note(story.id, Notice.Code.KEYS_CHANGED)
    long(49)
    newest = history.latest(conversation, "Alice")
    assert texts(newest.bubbles)[0].startswith("message 59")
    assert [bubble.kind for bubble in newest.bubbles[:3]] == ["message", "notice", "message"]
    long(1)
    newest = history.latest(conversation, "Alice")
    older = history.older(conversation, "Alice", newest.oldest)
    assert "notice" not in {bubble.kind for bubble in newest.bubbles}
    assert older.bubbles[-1].kind == "notice"
    assert "Alice" in older.bubbles[-1].text


def test_a_page_is_sent_only_what_came_since(story):
    story.hear("one")
    page = history.latest(story.conversation, "Alice")
    story.hear("two")
    note(story.id, Notice.Code.KEYS_CHANGED)
    story.say("three")
    bubbles, tail = history.newer(story.conversation, "Alice", Tail(page.bubbles[-1].pk), with_notices=True)
    assert [bubble.kind for bubble in bubbles] == ["message", "notice", "message"]
    assert bubbles[0].follows
    assert history.newer(story.conversation, "Alice", tail, with_notices=True) == ([], tail)


def test_a_page_that_missed_more_than_200_is_told_to_load_anew(long):
    assert history.newer(long(201), "Alice", Tail(), with_notices=False) is None
    first = Message.objects.order_by("pk")[0].pk
    bubbles, _ = history.newer(long(0), "Alice", Tail(first), with_notices=False)
    assert len(bubbles) == 200


def test_a_bubble_drawn_again_looks_as_it_did_on_the_page(story):
    story.hear("one")
    story.hear("two")
    note(story.id, Notice.Code.KEYS_CHANGED)
    story.say("three")
    story.say("four")
    page = [bubble for bubble in history.latest(story.conversation, "Alice").bubbles if bubble.kind == "message"]
    again = history.again(story.conversation, "Alice", [bubble.pk for bubble in page])
    assert [(bubble.follows, bubble.starts_day) for bubble in again] == [
        (bubble.follows, bubble.starts_day) for bubble in page
    ]


def test_a_message_of_another_conversation_is_not_drawn(story, carol):
    from messaging.conversations import conversation_with

    message = story.say("hello")
    assert history.again(conversation_with(carol.pk), "Carol", [message.pk]) == []


def test_people_stand_online_first_then_by_the_last_words_then_by_name(story, carol):
    from peers.models import KnownPerson

    KnownPerson.objects.create(user_name="dora", online=True)
    KnownPerson.objects.create(user_name="Bert", online=False)
    KnownPerson.objects.create(user_name="gone", is_active=False)
    story.hear("  many\n words ")
    listed = people()
    assert [row.name for row in listed["online"]] == ["Alice Ärztin", "dora"]
    assert [row.name for row in listed["offline"]] == ["Bert", "carol"]
    alice = listed["online"][0]
    assert (alice.last_text, alice.last_mine, alice.unread, alice.last_state) == ("many words", False, 1, "")


def test_whoever_left_while_they_were_online_is_not_shown_as_there(story):
    story.hear("Good bye")
    story.person.is_active = False
    story.person.save()
    assert [row.name for row in people()["offline"]] == ["Alice Ärztin"]


def test_the_list_costs_one_query_and_takes_no_long_text(story, django_assert_num_queries):
    story.say("x" * 65_000)
    with django_assert_num_queries(1):
        listed = people()
    assert len(listed["online"][0].last_text) == 160


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Alice Ärztin", "AÄ"),
        ("bob", "B"),
        ("Anna Maria Lopez", "AM"),
        ("山田 太郎", "山太"),
        ("e\u0301mile zola", "E\u0301Z"),
        ("(Dr.) Who", "DW"),
        ("नि शा", "निशा"),
        ("", ""),
    ],
)
def test_initials_work_in_any_script(name, letters):
    assert initials(name) == letters
