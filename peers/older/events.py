"""Events of the 2017 network: invitations that arrive, and answers to ours."""

import json
import math
from datetime import UTC, datetime

from peers import hooks
from peers.classic.codes import ClassicError, Code
from peers.classic.encryption import Opener
from peers.classic.fields import Body, is_stamp, seconds_of
from peers.classic.login import is_name
from peers.models import ClassicLetter
from peers.older import limits, people
from peers.older.arrived import Arrived

MAX_LINE, MAX_DESCRIPTION = 200, 16_384
# Years that a page can show.
FIRST, LAST = 0, 4_102_444_800
ATTENDANCES = (0, 1, 2)


def read(body: Body, sender: str, opener: Opener) -> Arrived:
    """Return an invitation. Raises `ClassicError`."""
    name, description = body.sealed("event_name", opener), body.sealed_optional("event_description", opener)
    location = body.sealed_optional("event_location", opener)
    start, end = body.stamp(opener, "start_time"), body.stamp(opener, "end_time")
    markdown = body.sealed_option("markdown", opener) == 1
    if not name or "\0" in name + description + location:
        raise ClassicError(Code.MISSING_FIELD, "event_name")
    if max(len(name), len(location)) > MAX_LINE or len(description) > MAX_DESCRIPTION:
        raise ClassicError(Code.TOO_LARGE)
    # A number is answered as a number, and a text as a text: some nodes look the event up by it.
    literal = json.dumps(start) if opener.standard or body.is_text("start_time") else start
    event = hooks.ClassicEvent(description, location, moment(start), moment(end), literal)
    kind = ClassicLetter.Kind.EVENT
    return Arrived(kind, sender, name, start, opener.standard, 0, "", markdown, event=event)


def moment(stamp: str) -> datetime | None:
    """Return the time that a stamp names, or None for one that no page can show."""
    said = seconds_of(stamp)
    return datetime.fromtimestamp(said, UTC) if math.isfinite(said) and FIRST <= said <= LAST else None


def acknowledge(data: bytes, source: str) -> None:
    """Take an answer to an invitation of ours. Raises `ClassicError`: 4 for one that nobody sent."""
    body = Body(data)
    sender = body.text("sender")
    name, start, attendance = body.text("event_name"), body.literal("start_time"), body.option("attendance")
    if not start or attendance not in ATTENDANCES or not is_name(sender):
        raise ClassicError(Code.MISSING_FIELD)
    people.check_not_blocked(sender)
    limits.count(limits.MESSAGES, ClassicLetter.Kind.EVENT, sender[:200], source)
    # Ours begin at whole seconds.
    people.check_not_native(sender)
    seconds = seconds_of(start) if is_stamp(start) else math.nan
    is_ours = seconds.is_integer() and hooks.hand_over_classic_answer(
        hooks.ClassicAnswer(sender, name, int(seconds), attendance)
    )
    if not is_ours:
        raise ClassicError(Code.DATABASE_ERROR)
