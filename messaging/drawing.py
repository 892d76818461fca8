"""A bubble as a page shows it. Drawn once: the same values look the same in every tab, and whenever they are opened."""

from functools import lru_cache

from django.template.loader import get_template

from messaging.rows import Bubble

# Some conversations' newest pages of short words; long ones are rare, and would hold much memory.
REMEMBERED, SHORT = 1000, 1000


def html_of(bubble: Bubble) -> str:
    """Return what the template makes of a bubble."""
    # What a message's files look like changes while they are under way.
    is_settled = len(bubble.text) <= SHORT and not bubble.files
    return _remembered(bubble) if is_settled else _drawn(bubble)


def _drawn(bubble: Bubble) -> str:
    return get_template("messaging/message.html").render({"bubble": bubble})


_remembered = lru_cache(maxsize=REMEMBERED)(_drawn)
