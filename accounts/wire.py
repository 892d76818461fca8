"""JSON in and out for nodes: strict types, no unknown fields, a small body."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from accounts import services
from accounts.errors import AccountError, TooManyTries
from accounts.models import ApiToken

MAX_BODY = 16 * 1024

Call = Callable[..., dict[str, object]]


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a call takes. Each call says which."""


class BadRequest(AccountError):
    """The request is not what this call takes."""

    def __init__(self, status: int, code: str, sentence: str = "") -> None:
        super().__init__(sentence)
        self.status, self.code = status, code


def call(method: str, fields: type[Fields] | None = None) -> Callable[[Call], Callable]:
    """Make a view of a function: check, decode, call, answer in JSON."""

    def make(function: Call) -> Callable[[HttpRequest], JsonResponse]:
        # Nodes carry a token in a header, never a cookie, so there is nothing to forge.
        @csrf_exempt
        @wraps(function)
        def view(request: HttpRequest, **named: Any) -> JsonResponse:
            try:
                if request.method != method:
                    raise BadRequest(405, "method-not-allowed", f"Use {method}.")
                body = decode(request, fields) if fields else None
                return private(JsonResponse(function(request, body, **named)))
            except AccountError as err:
                return refuse(err, method)

        return view

    return make


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
    kind, _, raw = request.headers.get("Authorization", "").partition(" ")
    usable = kind.lower() == "bearer" and raw.isascii() and len(raw) <= 128
    return services.access_token(raw if usable else "")


def address_of(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "")


def private(response: JsonResponse) -> JsonResponse:
    response["Cache-Control"] = "no-store"
    return response


def refuse(err: AccountError, method: str) -> JsonResponse:
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
def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer unknown paths in JSON too: the handler404 of a door that serves only calls."""
    return refuse(BadRequest(404, "not-found", "There is no such call."), "")
