"""The classic door of a node. Every answer has status 200, as classic nodes expect."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt

from peers import database
from peers.classic.codes import ClassicError, Code, write_code
from peers.classic.listing import write_listing
from peers.classic.login import plain_address
from peers.older import events, limits, questions, receipts, reception, relay, writer
from peers.older.settings import year
from peers.older.writer import Read
from peers.views import address_of

log = logging.getLogger(__name__)

CALLS = (
    "/listAPI",
    "/ping [sender]",
    "/receiveMessage [sender] [destination] [message] [stamp] [markdown(opt)] [encoding(opt)] [encryption(opt)]"
    " [hashing(opt)] [hash(opt)] [decryptionKey(opt)] [groupID(opt)]",
    "/receiveFile [sender] [destination] [file] [filename] [content_type] [stamp] [encryption(opt)] [hashing(opt)]"
    " [hash(opt)] [decryptionKey(opt)] [groupID(opt)]",
    "/receiveEvent [sender] [destination] [event_name] [event_description(opt)] [event_location(opt)]"
    " [event_picture(opt)] [start_time] [end_time] [markdown(opt)] [encryption(opt)] [decryptionKey(opt)]",
    "/acknowledgeEvent [sender] [event_name] [attendance] [start_time]",
    "/getPublicKey [sender] [profile_username(opt)] [username(opt)]",
    "/getProfile [profile_username] [sender]",
    "/getStatus [profile_username]",
    "/handshake [message] [sender] [destination] [encryption] [decryptionKey(opt)]",
    "/retrieveMessages [requestor]",
    "/acknowledge [sender] [stamp] [hashing] [hash] [destination(opt)]",
    "/acknowledgeDelete [sender] [destination] [stamp] [hashing] [hash] [encryption] [decryptionKey(opt)]",
)

Take = Callable[[bytes, str], Awaitable[Any]]
Answer = Callable[[Code, Any], HttpResponse]


def source_of(request: HttpRequest) -> str:
    """Return where a call comes from; an IPv4 address in the clothes of IPv6 as what it is, for lists name it so."""
    given = address_of(request)
    try:
        return str(plain_address(given))
    except ValueError:
        return given


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
        source = source_of(request)
        try:
            limits.check(limits.REFUSALS, "refusals", source)
            if request.method != "POST" or request.content_type != "application/json":
                raise ClassicError(Code.MISSING_FIELD, "no JSON was posted")
            return answer(Code.SUCCESS, await take(request.read(), source))
        except ClassicError as err:
            limits.limiter().hit(limits.REFUSALS, "classic", "refusals", source)
            return answer(err.code, None)
        except DatabaseError:
            # A full disk or a database that is busy for too long: nothing was stored.
            log.exception("a classic call could not be stored")
            return answer(Code.DATABASE_ERROR, None)

    return view


def at_once(take: Callable[[bytes, str], Any]) -> Take:
    """Make a call of a function that is quick."""
    return lambda data, source: database.run(take, data, source)


def stored(read: Read) -> Take:
    """Make a call of what is stored, each body with what else arrives meanwhile."""
    return lambda data, source: writer.run(read, data, source)


def slowly(read: Read) -> Take:
    """Make a call of what takes long: few at once, and nobody else waits for them."""
    return lambda data, source: writer.run_slowly(read, data, source)


receive_message = call(stored(reception.read_message), code)
receive_file = call(slowly(reception.read_file), code)
receive_event = call(stored(reception.read_event), code)
acknowledge_event = call(at_once(events.acknowledge), code)
# Checking what hash a stranger chose may take long.
acknowledge = call(slowly(receipts.read_acknowledgement), code)
acknowledge_delete = call(slowly(receipts.read_deletion), code)
retrieve_messages = call(at_once(relay.retrieve), code)
handshake = call(
    at_once(questions.answer_handshake), lambda found, plain: json({"error": int(found), "message": plain or ""})
)
get_public_key = call(
    at_once(questions.public_key), lambda found, key: json({"error": int(found), "pubkey": key or ""})
)
get_profile = call(at_once(questions.profile), lambda found, told: json(told) if told else code(found))
get_status = call(at_once(questions.status), lambda found, told: json(told) if told else code(found))


@csrf_exempt
async def ping(request: HttpRequest) -> HttpResponse:
    """Say that we are here."""
    try:
        limits.count(limits.QUESTIONS, "questions", source_of(request))
    except ClassicError as err:
        return code(err.code)
    # A stray question mark more is passed over here as elsewhere.
    asked = QueryDict(request.META.get("QUERY_STRING", "").lstrip("?"))
    return code(Code.SUCCESS if asked.get("sender") else Code.MISSING_FIELD)


@csrf_exempt
async def picture(request: HttpRequest, mark: str) -> HttpResponse:
    """Show the member's picture, at the address that /getProfile names."""
    try:
        limits.count(limits.QUESTIONS, "questions", source_of(request))
    except ClassicError as err:
        return code(err.code)
    found = await database.run(questions.picture, mark)
    if found is None:
        return not_found(request)
    response = HttpResponse(found, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Length"] = str(len(found))
    return response


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
