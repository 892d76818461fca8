"""Where the member is signed in on this node: one session a browser."""

import ipaddress
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib import auth
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import Person
from accounts.services import end_sessions
from peers import events
from peers.member.agents import words_for
from peers.member.uses import mark_of
from peers.models import SessionUse

SINCE, AGENT = "signed_in_at", "agent"
MOST_SHOWN = 200
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Browser:
    """One session."""

    # Names the session in a form; the key itself would open it.
    mark: str
    agent: str
    since: datetime | None
    used: datetime | None
    address: str
    is_this: bool

    @property
    def name(self) -> str:
        """What it is, in words."""
        return words_for(self.agent)

    @property
    def place(self) -> str:
        """Where it is, as far as its address tells."""
        with suppress(ValueError):
            if ipaddress.ip_address(self.address).is_loopback:
                return "this computer"
        return self.address


def note_sign_in(request: HttpRequest) -> None:
    """Remember in a new session when and with which browser it began."""
    request.session[SINCE] = timezone.now().isoformat()
    request.session[AGENT] = request.headers.get("User-Agent", "")[:MOST_SHOWN]


def browsers(request: HttpRequest) -> list[Browser]:
    """Return where the member is signed in, this browser first, then what was used last."""
    own = request.session.session_key
    found = [_browser(row.get_decoded(), row, row.session_key == own) for row in _sessions(request.user)]
    return sorted(found, key=lambda each: (each.is_this, (each.used or each.since or LONG_AGO)), reverse=True)


def _browser(data: dict[str, str], row: Session, is_this: bool) -> Browser:
    since, use = data.get(SINCE), getattr(row, "use", SessionUse(address=""))
    began = parse_datetime(since) if since else None
    return Browser(mark_of(row.session_key), data.get(AGENT, ""), began, use.at, use.address, is_this)


def _sessions(member: Person) -> list[Session]:
    """Return the member's sessions that are still good."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).select_related("use")
    return [row for row in alive if _is_of(member, row.get_decoded())]


def _is_of(member: Person, data: dict[str, str]) -> bool:
    is_alive = data.get(auth.HASH_SESSION_KEY) == member.get_session_auth_hash()
    return is_alive and data.get(auth.SESSION_KEY) == str(member.pk)


def end_one(request: HttpRequest, mark: str) -> bool:
    """Sign the member out of one other browser, and tell whether it was signed in. Its open pages end at once."""
    own = request.session.session_key
    for row in _sessions(request.user):
        if mark_of(row.session_key) == mark and row.session_key != own:
            row.delete()
            events.publish("doubted")
            return True
    return False


def end_others(request: HttpRequest) -> None:
    """Sign the member out of every browser but this one. Their open pages end at once; this one's open again."""
    person = Person.objects.get(pk=request.user.pk)
    end_sessions(person)
    auth.update_session_auth_hash(request, person)
    events.publish("ended")
