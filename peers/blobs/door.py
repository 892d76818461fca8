"""The peers' door for files: a question, and one chunk after the other. The transfer's id is what opens it."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from peers import database, room, views, wakes
from peers.blobs import hooks, store
from peers.blobs.have import missing
from peers.models import Transfer
from peers.prepared import Select
from peers.protocol import chunk
from peers.protocol.codec import encode
from peers.protocol.errors import ProtocolError
from peers.protocol.transfer import Standing, Wish

State = Transfer.State
CHUNK_TYPE = "application/octet-stream"
LARGEST = chunk.RUN * chunk.SEALED

log = logging.getLogger(__name__)
_found = Select(
    lambda transfer_id: Transfer.objects.filter(
        transfer_id=transfer_id, incoming=True, peer__pinned=True, peer__withdrawn_at=None
    ).select_related("blob"),
    Transfer.transfer_id,
)
# Their own: a disk that is slow to sync must not hold up words.
_threads = ThreadPoolExecutor(2, thread_name_prefix="files")


async def run(function: Callable[..., HttpResponse], *args: Any) -> HttpResponse:
    """Call a function that waits for the disk, off the event loop and beside the threads that store words."""
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: database.kept(function, *args))


# The id proves the sender, and this door knows neither cookie nor session.
@csrf_exempt
@require_POST
async def ask(request: HttpRequest, transfer_id: bytes) -> HttpResponse:
    """Say which chunks of a file are here, and whether the others are wanted."""
    return await guarded(request, views.CONTENT_TYPE, 0, _stand, transfer_id)


@csrf_exempt
@require_POST
async def take(request: HttpRequest, transfer_id: bytes, index: int) -> HttpResponse:
    """Take a few neighbours. The same ones again are harmless."""
    return await guarded(request, CHUNK_TYPE, LARGEST, _judge, transfer_id, index)


async def guarded(
    request: HttpRequest, content_type: str, most: int, judge: Callable[..., HttpResponse], *args: Any
) -> HttpResponse:
    """Return what `judge` makes of a call and its body, or the refusal; too many of those, and an address waits."""
    # Not `body`, which is for forms and has their limit.
    body = request.read()
    address = views.address_of(request)
    if not views.limiter.test(views.REFUSALS_PER_ADDRESS, "bundles", address):
        return views.refuse(429, "later", retry_after=10)
    if request.content_type != content_type or request.content_params:
        answer = views.refuse(415, "type")
    elif len(body) > most:
        answer = views.refuse(413, "large")
    else:
        answer = await run(_safely, judge, *args, body)
    if answer.status_code in (400, 404, 413, 415, 422):
        views.limiter.hit(views.REFUSALS_PER_ADDRESS, "bundles", address)
    return answer


def _safely(judge: Callable[..., HttpResponse], *args: Any) -> HttpResponse:
    try:
        return judge(*args)
    except store.Busy:
        return views.refuse(503, "busy", retry_after=1)
    except OSError:
        # Most often a disk that filled up in this moment: nothing counts, and the sender tries again.
        log.exception("a chunk could not be stored")
        return _answer(Wish.NO_ROOM)
    except DatabaseError:
        log.exception("a chunk could not be noted")
        return views.refuse(503, "busy", retry_after=30)


def _find(transfer_id: bytes) -> Transfer | None:
    """Return what this id opens here: the same nothing for a stranger's guess and for a person who was stopped."""
    return _found.first(transfer_id)


def _stand(transfer_id: bytes, _: bytes) -> HttpResponse:
    row = _find(transfer_id)
    if row is None:
        return views.refuse(404, "nothing")
    wish = _wish(row)
    rest = row.blob.size - row.blob.held * chunk.CHUNK if row.blob else 0
    if wish is Wish.WANTED and rest > room.room():
        wish = Wish.NO_ROOM
    return _answer(wish, bytes(row.blob.have) if row.blob and wish is Wish.WANTED else b"")


def _wish(row: Transfer) -> Wish:
    match row.state:
        case State.DONE:
            return Wish.COMPLETE
        case State.REFUSED:
            return Wish(row.reason)
        case State.STOPPED:
            return Wish.GONE
    return Wish.WANTED if row.blob else Wish.GONE


def _judge(transfer_id: bytes, first: int, body: bytes) -> HttpResponse:
    row = _find(transfer_id)
    if row is None:
        return views.refuse(404, "nothing")
    wish, blob = _wish(row), row.blob
    if wish is not Wish.WANTED or blob is None:
        return _answer(wish)
    try:
        sealed = dict(enumerate(chunk.split(blob.size, first, body), first))
        if not missing(bytes(blob.have), sealed):
            return _answer(Wish.WANTED)
        if room.room() < len(body):
            return _answer(Wish.NO_ROOM)
        take_in(row, sealed)
    except ProtocolError:
        return views.refuse(422, "chunk")
    return _answer(Wish.WANTED)


def take_in(row: Transfer, sealed: store.Chunks) -> None:
    """Prove chunks that came and store them. Raises `ProtocolError`, `Busy` or `OSError`."""
    stored = hooks.check_chunks(row.blob, sealed)
    row.blob, new = store.write(row.blob, sealed, is_read_soon=False)
    stored(new)
    hooks.transfer_moved.send(sender=Transfer, transfer=row, held=row.blob.held)
    if store.is_whole(row.blob):
        wakes.file_is_whole.send(sender=None, transfer=row)


def _answer(wish: Wish, have: bytes = b"") -> HttpResponse:
    return HttpResponse(encode(Standing(wish, have)), content_type=views.CONTENT_TYPE)
