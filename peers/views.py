"""The peers' door: one call, which takes a bundle and answers with a receipt."""

import logging

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from limits import RateLimitItemPerSecond
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from peers import database, inbox
from peers import own as own_device
from peers.allowance import NoRoom, NotNow
from peers.protocol.bundle import MAX_SEALED
from peers.protocol.errors import Malformed, ProtocolError, TooLarge

CONTENT_TYPE = "application/x-peernet"
# Version, key id and msgpack's own bytes around the seal.
MAX_BODY = MAX_SEALED + 64
# A company's members may share one address; what is refused costs about 0.3 ms.
REFUSALS_PER_ADDRESS = RateLimitItemPerSecond(100, 10)

REFUSALS = (400, 403, 413, 415)

log = logging.getLogger(__name__)
_limiter = MovingWindowRateLimiter(storage_from_string(getattr(settings, "REDIS_URL", "") or "memory://"))


# A bundle proves its own sender, and this door knows neither cookie nor session.
@csrf_exempt
@require_POST
async def bundles(request: HttpRequest) -> HttpResponse:
    """Take in one bundle. Every refusal is one short word, and none tells a stranger who is a member."""
    address = request.META.get("REMOTE_ADDR") or "unknown"
    if not _limiter.test(REFUSALS_PER_ADDRESS, "bundles", address):
        return _refuse(429, "later", retry_after=10)
    if request.content_type != CONTENT_TYPE or request.content_params:
        answer = _refuse(415, "type")
    elif len(request.body) > MAX_BODY:
        answer = _refuse(413, "large")
    else:
        answer = await database.run(_judge, request.body)
    if answer.status_code in REFUSALS:
        _limiter.hit(REFUSALS_PER_ADDRESS, "bundles", address)
    return answer


def _judge(body: bytes) -> HttpResponse:
    own = own_device.own_device()
    if own is None or not own.card:
        return _refuse(403, "later")
    try:
        answer = inbox.receive(own, body)
        # No middleware of this door says how long it is, and without that it would go out in chunks.
        return HttpResponse(answer, content_type=CONTENT_TYPE, headers={"Content-Length": str(len(answer))})
    except TooLarge:
        return _refuse(413, "large")
    except Malformed:
        return _refuse(400, "malformed")
    except NotNow as err:
        return _refuse(429, "later", retry_after=err.retry_after)
    except NoRoom as err:
        log.warning("a bundle was not stored: %s", err)
        return _refuse(507, "full", retry_after=60)
    except ProtocolError as err:
        # Its name only: what a stranger wrote has no place in our log.
        log.info("bundle refused: %s", type(err).__name__)
        return _refuse(403, "later")
    except DatabaseError:
        # A full disk or a database that is busy for too long: nothing was stored, and the sender keeps it.
        log.exception("a bundle could not be stored")
        return _refuse(503, "busy", retry_after=30)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer every other address of this door."""
    return _refuse(404, "nothing")


def _refuse(status: int, word: str, retry_after: int | None = None) -> HttpResponse:
    response = HttpResponse(word, status=status, content_type="text/plain")
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response
