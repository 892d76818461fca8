"""The peers' door: a bundle is answered with a receipt. What every call of it goes through first stands here too."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from limits import RateLimitItemPerSecond
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from peers import database, inbox, warm
from peers import own as own_device
from peers.allowance import NotNow
from peers.models import OwnDevice
from peers.protocol.bundle import MAX_SEALED
from peers.protocol.errors import Malformed, ProtocolError, TooLarge
from peers.room import NoRoom

T = TypeVar("T")

CONTENT_TYPE = "application/x-peernet"
# Version, key id and msgpack's own bytes around the seal.
MAX_BODY = MAX_SEALED + 64
# A company's members may share one address; what is refused costs about 0.3 ms.
REFUSALS_PER_ADDRESS = RateLimitItemPerSecond(100, 10)

REFUSALS = (400, 403, 413, 415)

log = logging.getLogger(__name__)
limiter = MovingWindowRateLimiter(storage_from_string(getattr(settings, "REDIS_URL", "") or "memory://"))


# A bundle proves its own sender, and this door knows neither cookie nor session.
@csrf_exempt
@require_POST
async def bundles(request: HttpRequest) -> HttpResponse:
    """Take in one bundle. Every refusal is one short word, and none tells a stranger who is a member."""
    taken = await admit(request, "bundles", MAX_BODY, inbox.receive)
    return answer(taken) if isinstance(taken, bytes) else taken


def answer(body: bytes) -> HttpResponse:
    """Return a good answer. No middleware of this door says how long it is; without that it would go out in chunks."""
    return HttpResponse(body, content_type=CONTENT_TYPE, headers={"Content-Length": str(len(body))})


async def admit(request: HttpRequest, door: str, most: int, take: Callable[[OwnDevice, bytes], T]) -> T | HttpResponse:
    """Return what `take` makes of a call's body, or the refusal. The order of work is the protocol's."""
    address = address_of(request)
    if not limiter.test(REFUSALS_PER_ADDRESS, door, address):
        return refuse(429, "later", retry_after=10)
    if request.content_type != CONTENT_TYPE or request.content_params:
        taken: T | HttpResponse = refuse(415, "type")
    elif len(request.body) > most:
        taken = refuse(413, "large")
    else:
        taken = await database.run(_judge, request.body, take)
    if isinstance(taken, HttpResponse) and taken.status_code in REFUSALS:
        limiter.hit(REFUSALS_PER_ADDRESS, door, address)
    return taken


def address_of(request: HttpRequest) -> str:
    """Return the address that limits count by."""
    return request.META.get("REMOTE_ADDR") or "unknown"


def _judge(body: bytes, take: Callable[[OwnDevice, bytes], T]) -> T | HttpResponse:
    with warm.turn(patience=warm.READERS_WAIT):
        own = own_device.own_device()
    if own is None or not own.card:
        return refuse(403, "later")
    try:
        return take(own, body)
    except TooLarge:
        return refuse(413, "large")
    except Malformed:
        return refuse(400, "malformed")
    except NotNow as err:
        return refuse(429, "later", retry_after=err.retry_after)
    except NoRoom as err:
        log.warning("a call was not stored: %s", err)
        return refuse(507, "full", retry_after=60)
    except ProtocolError as err:
        # Its name only: what a stranger wrote has no place in our log.
        log.info("call refused: %s", type(err).__name__)
        return refuse(403, "later")
    except DatabaseError:
        # A full disk or a database that is busy for too long: nothing was stored, and the sender keeps it.
        log.exception("a call could not be stored")
        return refuse(503, "busy", retry_after=30)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer every other address of this door."""
    return refuse(404, "nothing")


def refuse(status: int, word: str, retry_after: int | None = None) -> HttpResponse:
    """Return a refusal: one short word."""
    response = HttpResponse(word, status=status, content_type="text/plain")
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response
