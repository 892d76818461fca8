"""The classic login server's calls: text over plain HTTP, always with status 200."""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from limits import RateLimitItem

from accounts import app_passwords
from accounts.models import Person
from peers import database
from peers.classic import login
from peers.classic.codes import LoginCode, LoginError
from peers.classic.year import Year
from peers.older import blocks, login_limits, presence

log = logging.getLogger(__name__)

CALLS = """\
/listAPI
/listUsers
/report [username] [password] [location] [ip] [port] [pubkey(opt)] [enc(opt)]
/logoff [username] [password] [enc(opt)]
/getList [username] [password] [enc(opt)] [json(opt)]
"""
FORM = "application/x-www-form-urlencoded"


class Arguments:
    """What a call was given, in the query or in a form, clear or encrypted."""

    def __init__(self, request: HttpRequest) -> None:
        """Read the arguments. Raises `LoginError` 8 for an `enc` that is neither 0 nor 1."""
        self._given = request.GET.dict()
        if request.method == "POST" and request.content_type == FORM:
            self._given |= request.POST.dict()
        enc = self._given.get("enc", "") or "0"
        if enc not in ("0", "1"):
            raise LoginError(LoginCode.INVALID_VALUE)
        self._encrypted = enc == "1"
        self.source = request.META.get("REMOTE_ADDR") or ""

    def optional(self, name: str) -> str:
        """Return an argument, empty when it is absent. Raises `LoginError`: 6 undecryptable, 8 unstorable."""
        text = str(self._given.get(name, ""))
        if text and self._encrypted:
            text = login.decrypt_argument(text)
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise LoginError(LoginCode.INVALID_VALUE)
        return text

    def required(self, name: str) -> str:
        """Return an argument. Raises `LoginError` 1 when it is absent or empty."""
        text = self.optional(name)
        if not text:
            raise LoginError(LoginCode.MISSING_FIELD)
        return text


Call = Callable[[Arguments], str]


def call(function: Call) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    """Make a view: read the arguments, call, and answer with text or a code."""

    # A classic client has no cookie, so there is nothing to forge.
    @csrf_exempt
    @wraps(function)
    async def view(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "POST"):
            return text(LoginError(LoginCode.INVALID_VALUE).reply)
        try:
            return text(await database.run(function, Arguments(request)))
        except LoginError as err:
            return text(err.reply)

    return view


def text(body: str) -> HttpResponse:
    response = HttpResponse(body, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["Content-Length"] = str(len(response.content))
    return response


def year() -> Year:
    return Year(settings.PEERNET_CLASSIC_YEAR)


def signed_in(arguments: Arguments, limit: RateLimitItem) -> Person:
    """Return whose app password this is. Raises `LoginError`; a person without one is as unknown as anybody."""
    name, sent = arguments.required("username"), arguments.required("password")
    if not login.is_name(name):
        raise LoginError(LoginCode.INVALID_NAME)
    login_limits.check(login_limits.FAILURES, arguments.source)
    person = app_passwords.person_of(name, sent, year())
    if person is None or blocks.is_blocked(name):
        login_limits.count(login_limits.FAILURES, arguments.source)
        raise LoginError(LoginCode.UNAUTHENTICATED)
    login_limits.count(limit, str(limit), str(person.pk), sent.lower())
    return person


@call
def list_api(arguments: Arguments) -> str:
    login_limits.count(login_limits.OPEN_CALLS, arguments.source)
    return CALLS


@call
def list_users(arguments: Arguments) -> str:
    login_limits.count(login_limits.OPEN_CALLS, arguments.source)
    return ",".join(presence.names())


@call
def report(arguments: Arguments) -> str:
    # Every field is looked for before the password is judged.
    location, ip, port = (arguments.required(name) for name in ("location", "ip", "port"))
    person = signed_in(arguments, login_limits.REPORTS)
    presence.report(person, arguments.source, location, ip, port, arguments.optional("pubkey"))
    return "0, User and IP logged"


@call
def log_off(arguments: Arguments) -> str:
    presence.log_off(signed_in(arguments, login_limits.CALLS))
    return "0, Logged off successfully"


@call
def get_list(arguments: Arguments) -> str:
    wants_json = arguments.optional("json") or "0"
    signed_in(arguments, login_limits.CALLS)
    if wants_json not in ("0", "1"):
        raise LoginError(LoginCode.INVALID_VALUE)
    people = list(presence.online())
    return login.write_json_list(people) if wants_json == "1" else login.write_list(people)


@csrf_exempt
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer every other address of this door."""
    return HttpResponse("There is no such call. Ask /listAPI.", status=404, content_type="text/plain")
