"""A bubble as a page shows it, drawn by the template once for each shape.

Most bubbles differ from others only in their words, marks and time. Of these the template draws a shape, with slots
for what differs, and each bubble fills them: drawing is a third of what a message costs otherwise.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any
from uuid import uuid4

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from messaging.rows import Bubble

# What stands in a slot while a shape is drawn: nobody can write these, and an id looks like one.
MARKS = {name: uuid4().hex for name in ("id", "pk", "key", "words", "sent_iso", "sent_clock")}
_SLOT = re.compile(f"({'|'.join(MARKS.values())})")
_NAMES = {mark: name for name, mark in MARKS.items()}
MOST_SHAPES = 200
# A bubble's shape, what fills it, and what shows only where a day starts. All else, and whatever a bubble comes to
# have, is rare: with any of it the template draws the bubble itself.
SHAPED = ("mine", "state", "follows")
FILLED = ("kind", "id", "pk", "key", "text", "sent_at", "day")
RARE = [field.name for field in fields(Bubble) if field.name not in (*SHAPED, *FILLED)]


def html_of(bubble: Bubble) -> SafeString:
    """Return what the template makes of a bubble."""
    if not _is_common(bubble):
        return _drawn(bubble)
    words, names = _shape_of(_Common(bubble))
    filled = [words[0]]
    for name, after in zip(names, words[1:], strict=True):
        filled += (_escaped(getattr(bubble, name)), after)
    # The template drew it, and the words are escaped; a plain str would be escaped again where a template shows it.
    return mark_safe("".join(filled))  # noqa: S308


def _escaped(value: object) -> str:
    """Return a value as a template writes it, without Django's look for words that are yet to be translated."""
    return value if isinstance(value, SafeString) else html.escape(str(value))


def _is_common(bubble: Bubble) -> bool:
    return bubble.kind == "message" and not any(getattr(bubble, name) for name in RARE)


class _Common:
    """A bubble with marks in its slots. Two of the same shape are equal."""

    def __init__(self, bubble: Bubble) -> None:
        self._bubble = bubble
        self._shape = (bubble.is_long, bool(bubble.key), *(getattr(bubble, name) for name in SHAPED))

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._bubble, name)
        # An empty slot is a part of the shape.
        return MARKS[name] if name in MARKS and value != "" else value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Common) and self._shape == other._shape

    def __hash__(self) -> int:
        return hash(self._shape)


@lru_cache(maxsize=MOST_SHAPES)
def _shape_of(bubble: _Common) -> tuple[Sequence[str], Sequence[str]]:
    """Return the words between the slots, and the slots' names."""
    parts = _SLOT.split(_drawn(bubble))
    return parts[::2], [_NAMES[mark] for mark in parts[1::2]]


def _drawn(bubble: "Bubble | _Common") -> str:
    return get_template("messaging/message.html").render({"bubble": bubble})
