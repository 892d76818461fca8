"""JSON in and out for nodes: strict types, no unknown fields, a small body."""

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.errors import AccountError, TooManyTries
from accounts.models import ApiToken
from accounts.tokens import access_token

MAX_BODY = 16 * 1024
# The extension of ASGI by which our doors let views say something of the line.
LINE = "peernet.caller"

Answer = dict[str, object]
Call = Callable[..., Answer | Awaitable[Answer]]


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a call takes. Each call says which."""


class BadRequest(AccountError):
    """The request is not what this call takes."""

    def __init__(self, status: int, code: str, sentence: str = "") -> None:
        super().__init__(sentence)
        self.status, self.code = status, code


class Line:
    """A line of a server that lets nothing be said of it. That of our own doors is `peernet.server.callers.Caller`."""

    def welcome(self) -> None:
        """A member calls, and not a stranger."""

    def rest(self) -> None:
        """After the answer that is due, hear nothing more until `go_on`."""

    def go_on(self) -> None:
        """Hear what comes."""


NO_LINE = Line()


def call(method: str, fields: type[Fields] | None = None) -> Callable[[Call], Callable]:
    """Make a view of a function, async if that is: check, decode, call, answer in JSON."""

    def check(request: HttpRequest) -> Fields | None:
        if request.method != method:
            raise BadRequest(405, "method-not-allowed", f"Use {method}.")
        return decode(request, fields) if fields else None

    def make(function: Call) -> Callable:
        def view(request: HttpRequest, **named: Any) -> HttpResponse:
            try:
                return answer(function(request, check(request), **named))
            except AccountError as err:
                return refuse(err, method)

        async def async_view(request: HttpRequest, **named: Any) -> HttpResponse:
            try:
                return answer(await function(request, check(request), **named))
            except AccountError as err:
                return refuse(err, method)

        # Nodes carry a token in a header, never a cookie, so there is nothing to forge.
        return csrf_exempt(wraps(function)(async_view if iscoroutinefunction(function) else view))

    return make


def answer(fields: Answer) -> HttpResponse:
    return private(HttpResponse(msgspec.json.encode(fields), content_type="application/json"))


def decode(request: HttpRequest, fields: type[Fields]) -> Fields:
    """Read the body as these fields, or raise BadRequest."""
    if request.content_type != "application/json":
        raise BadRequest(415, "not-json", "Send application/json.")
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as err:
        raise BadRequest(400, "malformed") from err
    if length > MAX_BODY:
        raise BadRequest(413, "too-large")
    try:
        raw = request.read(MAX_BODY + 1)
        if len(raw) > MAX_BODY:
            raise BadRequest(413, "too-large")
        body = msgspec.json.decode(raw, type=fields, strict=True)
    except msgspec.ValidationError as err:
        raise BadRequest(422, "wrong-fields") from err
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as err:
        raise BadRequest(400, "malformed") from err
    for value in msgspec.structs.asdict(body).values():
        if isinstance(value, str) and not is_clean(value):
            raise BadRequest(400, "malformed")
    return body


def is_clean(text: str) -> bool:
    """Can this text be stored? NUL and half a surrogate pair cannot."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def bearer(request: HttpRequest) -> ApiToken:
    """Return the token the node shows, or raise NotSignedIn."""
    return access_token(shown_token(request))


def shown_token(request: HttpRequest) -> str:
    """Return what the node shows as its token; empty when that can be none."""
    # Not of `headers`: Django sorts all of them for it first.
    kind, _, raw = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    usable = kind.lower() == "bearer" and raw.isascii() and len(raw) <= 128
    return raw if usable else ""


def line_of(request: HttpRequest) -> Line:
    """Return the line that a call came in on."""
    found: Line = getattr(request, "scope", {}).get("extensions", {}).get(LINE, NO_LINE)
    return found


def address_of(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "")


def private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    # No middleware of this door says so, and without it each answer would go out in chunks.
    response["Content-Length"] = str(len(response.content))
    return response


def refuse(err: AccountError, method: str) -> HttpResponse:
    answer = {"error": err.code, "sentence": err.sentence}
    response = private(JsonResponse(answer, status=err.status))
    if isinstance(err, TooManyTries):
        response["Retry-After"] = str(err.retry_after)
    if err.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if err.status == 405:
        response["Allow"] = method
    return response


@csrf_exempt
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer unknown paths in JSON too: the handler404 of a door that serves only calls."""
    return refuse(BadRequest(404, "not-found", "There is no such call."), "")


@csrf_exempt
def malformed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what Django itself refuses: the handler400 of such a door."""
    return refuse(BadRequest(400, "malformed"), "")


@csrf_exempt
def failed(request: HttpRequest) -> HttpResponse:
    """Answer for a fault of ours, which stands in the log: the handler500 of such a door."""
    return refuse(BadRequest(500, "failed", "The login server failed at this. Try again; its log says why."), "")
