"""Bubbles that are filled into a shape look exactly as the template draws them."""

import datetime

import pytest
from django.template.loader import get_template
from hypothesis import example, given
from hypothesis import strategies as st

from messaging import drawing
from messaging.drawing import MARKS, html_of
from messaging.rows import Bubble

pytestmark = pytest.mark.urls("tests.messaging.urls")

NOW = datetime.datetime(2026, 11, 24, 23, 59, 30, 120_000, tzinfo=datetime.UTC)
TIMES = st.datetimes(datetime.datetime(1970, 1, 2), datetime.datetime(2100, 1, 1), timezones=st.just(datetime.UTC))


def bubble(**what: object) -> Bubble:
    fields = {
        "kind": "message",
        "id": "0197" * 8,
        "pk": 7,
        "key": "",
        "mine": True,
        "text": "hello",
        "sent_at": NOW,
        "state": "waiting",
        "reason": "",
        "day": NOW.date(),
        "starts_day": False,
        "follows": False,
        "first_unread": False,
    }
    return Bubble(**fields | what)


def as_drawn(shown: Bubble) -> str:
    return get_template("messaging/message.html").render({"bubble": shown})


@given(
    st.builds(
        bubble,
        text=st.text(min_size=1),
        mine=st.booleans(),
        state=st.sampled_from(["waiting", "handed", "delivered", "read", "failed"]),
        key=st.sampled_from(["", "a7b1", "<&'\">"]),
        pk=st.integers(1, 2**63 - 1),
        sent_at=TIMES,
        follows=st.booleans(),
        starts_day=st.booleans(),
        first_unread=st.booleans(),
        reason=st.sampled_from(["", "It was <refused>."]),
        caution=st.sampled_from(["", "Sender not <proven>."]),
        deletion=st.sampled_from(["", "Being <deleted>."]),
        is_undeleted=st.booleans(),
    )
)
@example(bubble(text="<script>alert('&')</script>"))
@example(bubble(text="x" * 5000))
@example(bubble(text="\n" * 30))
@example(bubble(text="😀"))
@example(bubble(text="👍🏽👍🏽"))
@example(bubble(text="https://example.org/?a=1&b=2"))
def test_every_bubble_looks_as_the_template_draws_it(shown):
    assert html_of(shown) == as_drawn(shown)


@pytest.mark.parametrize("slot", MARKS)
def test_words_that_hold_a_mark_stay_words(slot):
    html_of(bubble())
    assert f">{MARKS[slot]}</span>" in html_of(bubble(text=MARKS[slot]))


def test_what_each_bubble_shows_is_its_own():
    first, second = html_of(bubble(text="one", pk=1)), html_of(bubble(text="two", pk=2))
    assert ("one" in first, "two" in first, 'data-pk="1"' in first) == (True, False, True)
    assert ("two" in second, "one" in second, 'data-pk="2"' in second) == (True, False, True)


def test_what_is_rare_leaves_nothing_in_the_shape_that_others_share():
    rare = {"deletion": "Being deleted.", "caution": "Not proven.", "reason": "Refused.", "first_unread": True}
    for name, value in rare.items():
        drawing._shape_of.cache_clear()
        html_of(bubble(**{name: value}))
        assert html_of(bubble()) == as_drawn(bubble()), name
