"""Who may see the member's pages: whoever signed in here with password and code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_otp.middleware import OTPMiddleware

from accounts.models import Person
from accounts.wire import address_of
from peers.member import uses
from peers.member.errors import CodeNeeded, NothingWasSent, SignInError

# In the session of somebody who gave the right password while the login server was away.
OFFLINE = "offline"
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Member:
    """Who is there, and whether their code was checked."""

    person: Person
    verified: bool


def member_of_request(request: HttpRequest) -> Member | None:
    """Return who asks for a page, or None."""
    return _member(request.user, request.session)


def member_of_scope(scope: Mapping[str, Any]) -> Member | None:
    """Return who opens a socket, or None. Reads the session and the person anew."""
    request = HttpRequest()
    request.session = scope["session"]
    # The middlewares of a page do not run for a socket: the same two steps, in the same order.
    user = get_user(request)
    request.user = OTPMiddleware(_no_view)._verify_user_sync(request, user)
    return _member(request.user, request.session)


def _no_view(request: HttpRequest) -> HttpResponse:
    """Django's middlewares want a view; a socket has none."""
    raise NotImplementedError


def _member(user: Any, session: Any) -> Member | None:
    if not user.is_authenticated:
        return None
    verified = user.is_verified()
    if not verified and not (settings.PEERNET_OFFLINE_SIGN_IN and session.get(OFFLINE)):
        return None
    return Member(user, verified)


def member_required(view: View) -> View:
    """Show a page to the member only; offline sessions will do."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if member_of_request(request) is None:
            return _ask_to_sign_in(request)
        note_use(request)
        return view(request, *args, **kwargs)

    return guarded


def verified_required(view: View) -> View:
    """Show a page, or do a thing, only for a member whose code was checked."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        member = member_of_request(request)
        if member is None:
            return _ask_to_sign_in(request)
        if not member.verified:
            return show_error(request, CodeNeeded())
        note_use(request)
        return view(request, *args, **kwargs)

    return guarded


def note_use(request: HttpRequest) -> None:
    """Note that the member uses this session."""
    uses.note(request.session.session_key, address_of(request))


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return show_error(request, NothingWasSent())
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        # A script asked for a piece of a page; the page itself will ask to sign in.
        return show_error(request, NothingWasSent(), status=401)
    return redirect_to_login(request.get_full_path())


def show_error(request: HttpRequest, err: SignInError, status: int | None = None) -> HttpResponse:
    """Answer with the page that says what happened and what to do."""
    status = status or err.status
    return render(
        request,
        "node/error.html",
        {"title": "Please sign in", "sentence": err.sentence, "status": status},
        status=status,
    )
