"""A person's row in the list beside a conversation, drawn once for the same values.

The list of a large network is drawn anew whenever anybody in it changes, and most of its rows are as they were.
"""

import uuid
from functools import lru_cache

from django.template.loader import get_template

from messaging.rows import PersonRow

REMEMBERED = 2048


def html_of_person(row: PersonRow, selected: uuid.UUID | None) -> str:
    """Return what the template makes of a row; `selected` is whose conversation is open."""
    return _drawn(row, row.uuid == selected)


@lru_cache(maxsize=REMEMBERED)
def _drawn(row: PersonRow, is_selected: bool) -> str:
    return get_template("messaging/person.html").render({"row": row, "is_selected": is_selected})
