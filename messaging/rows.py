"""What the templates draw: plain values, ready to show."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.safestring import SafeString

from messaging.weblinks import linked
from profiles.faces import hue, initials
from profiles.status import Shown

LONG, MANY_LINES = 1200, 20

if TYPE_CHECKING:
    from messaging.files.cards import Card
    from messaging.invitations import Shown as Invited


def here(at: datetime) -> datetime:
    """Return a time as this node tells it. `timezone.localtime` thinks ten times as long, and each bubble asks."""
    return at.astimezone(timezone.get_default_timezone())


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the list, with the last words of the conversation."""

    uuid: uuid.UUID
    name: str
    picture: str
    position: str
    is_compared: bool
    status: Shown
    online: bool
    last_seen: datetime | None
    last_text: str
    last_mine: bool
    last_state: str
    last_at: datetime | None
    unread: int
    stopped: bool
    draft: str = ""
    classic: bool = False
    # Waits for us to compare emoji.
    invites: bool = False

    @property
    def state(self) -> str:
        return self.status.state

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def hue(self) -> int:
        return hue(self.uuid)


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message, or a notice between messages."""

    kind: str
    id: str
    pk: int
    key: str
    mine: bool
    text: str
    sent_at: datetime
    state: str
    reason: str
    day: date
    starts_day: bool
    follows: bool
    first_unread: bool
    # What a classic message does not protect.
    caution: str = ""
    files: Sequence["Card"] = ()
    # What its Markdown says, for the few that are written so.
    html: SafeString = SafeString("")
    invitation: "Invited | None" = None
    # What became of the wish to delete it on both sides, and whether that was refused.
    deletion: str = ""
    is_undeleted: bool = False

    @property
    def words(self) -> SafeString:
        """The text for a page, its links alive."""
        return linked(self.text)

    @property
    def sent_iso(self) -> str:
        """When it was sent, for scripts."""
        return here(self.sent_at).isoformat()

    @property
    def sent_clock(self) -> str:
        """When it was sent, by this node's clock."""
        return f"{here(self.sent_at):%H:%M}"

    @property
    def is_long(self) -> bool:
        """Whether a script shows only the beginning, until it is asked for more."""
        return len(self.text) > LONG or self.text.count("\n") >= MANY_LINES


@dataclass(frozen=True, slots=True)
class ConversationView:
    """The head of an open conversation, and whether anything can be written in it."""

    uuid: uuid.UUID
    name: str
    picture: str
    position: str
    is_compared: bool
    status: Shown
    online: bool
    last_seen: datetime | None
    stopped: bool
    can_send: bool
    peer_sentence: str
    classic: bool = False
    blocked: bool = False
    # Their program takes invitations to events.
    takes_events: bool = False
    # "direct", "pull" or "no way", and what that means; empty while it is not known.
    route: str = ""
    route_sentence: str = ""

    @property
    def state(self) -> str:
        return self.status.state

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def hue(self) -> int:
        return hue(self.uuid)


@dataclass(frozen=True, slots=True)
class Link:
    """A way that does not work now ("server" or "peer"), and what that means."""

    which: str
    sentence: str
