"""Where the member is signed in on this node: one session a browser."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.contrib import auth
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import Person
from accounts.services import end_sessions
from peers import events
from peers.member.agents import words_for

SINCE, AGENT = "signed_in_at", "agent"
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Browser:
    """One session."""

    # Names the session in a form; the key itself would open it.
    mark: str
    agent: str
    since: datetime | None
    until: datetime
    is_this: bool

    @property
    def name(self) -> str:
        """What it is, in words."""
        return words_for(self.agent)


def note_sign_in(request: HttpRequest) -> None:
    """Remember in a new session when and with which browser it began."""
    request.session[SINCE] = timezone.now().isoformat()
    request.session[AGENT] = request.headers.get("User-Agent", "")[:MOST_SHOWN]


def browsers(request: HttpRequest) -> list[Browser]:
    """Return where the member is signed in, this browser first."""
    own = request.session.session_key
    found = [_browser(row.get_decoded(), row, row.session_key == own) for row in _sessions(request.user)]
    return sorted(found, key=lambda each: (not each.is_this, each.since is None, each.since))


def _browser(data: dict[str, str], row: Session, is_this: bool) -> Browser:
    since = data.get(SINCE)
    return Browser(
        _mark(row.session_key), data.get(AGENT, ""), parse_datetime(since) if since else None, row.expire_date, is_this
    )


def _sessions(member: Person) -> list[Session]:
    """Return the member's sessions that are still good."""
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    return [row for row in alive if _is_of(member, row.get_decoded())]


def _is_of(member: Person, data: dict[str, str]) -> bool:
    is_alive = data.get(auth.HASH_SESSION_KEY) == member.get_session_auth_hash()
    return is_alive and data.get(auth.SESSION_KEY) == str(member.pk)


def _mark(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()[:16]


def end_one(request: HttpRequest, mark: str) -> bool:
    """Sign the member out of one other browser, and tell whether it was signed in. Its open pages end at once."""
    own = request.session.session_key
    for row in _sessions(request.user):
        if _mark(row.session_key) == mark and row.session_key != own:
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
