"""The classic door of a node. Every answer has status 200, as classic nodes expect."""

import logging
from collections.abc import Callable
from typing import Any

import msgspec
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from peers import database
from peers.classic.codes import ClassicError, Code, write_code
from peers.classic.listing import write_listing
from peers.older import limits, questions, receipts, reception, relay
from peers.older.settings import year

log = logging.getLogger(__name__)

CALLS = (
    "/listAPI",
    "/ping [sender]",
    "/receiveMessage [sender] [destination] [message] [stamp] [markdown(opt)] [encoding(opt)] [encryption(opt)]"
    " [hashing(opt)] [hash(opt)] [decryptionKey(opt)]",
    "/receiveFile [sender] [destination] [file] [filename] [content_type] [stamp] [encryption(opt)] [hashing(opt)]"
    " [hash(opt)] [decryptionKey(opt)]",
    "/getPublicKey [sender] [profile_username(opt)] [username(opt)]",
    "/getProfile [profile_username] [sender]",
    "/getStatus [profile_username]",
    "/handshake [message] [sender] [destination] [encryption] [decryptionKey(opt)]",
    "/retrieveMessages [requestor]",
    "/acknowledge [sender] [stamp] [hashing] [hash] [destination(opt)]",
    "/acknowledgeDelete [sender] [destination] [stamp] [hashing] [hash] [encryption] [decryptionKey(opt)]",
)

Take = Callable[[bytes, str], Any]
Answer = Callable[[Code, Any], HttpResponse]


def text(body: str) -> HttpResponse:
    response = HttpResponse(body, content_type="text/plain; charset=utf-8")
    response["Content-Length"] = str(len(response.content))
    return response


def json(fields: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(fields), content_type="application/json")
    response["Content-Length"] = str(len(response.content))
    return response


def code(found: Code, _: Any = None) -> HttpResponse:
    return text(write_code(found, with_text=settings.PEERNET_CLASSIC_SUCCESS_TEXT))


def call(take: Take, answer: Answer) -> Any:
    """Make the view of a call that is posted as JSON."""

    # A classic node has no cookie, so there is nothing to forge.
    @csrf_exempt
    async def view(request: HttpRequest) -> HttpResponse:
        source = request.META.get("REMOTE_ADDR") or "unknown"
        try:
            limits.check(limits.REFUSALS, "refusals", source)
            if request.method != "POST" or request.content_type != "application/json":
                raise ClassicError(Code.MISSING_FIELD, "no JSON was posted")
            return answer(Code.SUCCESS, await database.run(_take, take, request.read(), source))
        except ClassicError as err:
            limits.limiter().hit(limits.REFUSALS, "classic", "refusals", source)
            return answer(err.code, None)

    return view


def _take(take: Take, body: bytes, source: str) -> Any:
    try:
        return take(body, source)
    except DatabaseError as err:
        # A full disk or a database that is busy for too long: nothing was stored.
        log.exception("a classic call could not be stored")
        raise ClassicError(Code.DATABASE_ERROR) from err


receive_message = call(reception.receive_message, code)
receive_file = call(reception.receive_file, code)
acknowledge = call(receipts.acknowledge, code)
retrieve_messages = call(relay.retrieve, code)
acknowledge_delete = call(receipts.acknowledge_delete, code)
handshake = call(questions.answer_handshake, lambda found, plain: json({"error": int(found), "message": plain or ""}))
get_public_key = call(questions.public_key, lambda found, key: json({"error": int(found), "pubkey": key or ""}))


get_profile = call(questions.profile, lambda found, told: json(told) if told else code(found))
get_status = call(questions.status, lambda found, told: json(told) if told else code(found))


@csrf_exempt
async def ping(request: HttpRequest) -> HttpResponse:
    """Say that we are here."""
    try:
        limits.count(limits.QUESTIONS, "questions", request.META.get("REMOTE_ADDR") or "unknown")
    except ClassicError as err:
        return code(err.code)
    return code(Code.SUCCESS if request.GET.get("sender") else Code.MISSING_FIELD)


@csrf_exempt
async def list_api(request: HttpRequest) -> HttpResponse:
    """Say what we can do."""
    return text(write_listing(year(), CALLS))


@csrf_exempt
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer every other address of this door."""
    return HttpResponse("There is no such call. Ask /listAPI.", status=404, content_type="text/plain")


@csrf_exempt
def failed(request: HttpRequest) -> HttpResponse:
    """Answer for a fault of ours, which stands in the log."""
    return code(Code.INTERNAL)
