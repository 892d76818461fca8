"""The peers' door for files that are fetched: a node that cannot be dialled asks for the next chunks of one of ours."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from peers import views, ways
from peers.blobs import door, hooks, store
from peers.blobs.have import missing
from peers.models import Transfer
from peers.protocol.codec import decode
from peers.protocol.errors import ProtocolError
from peers.protocol.transfer import Fetch, Wish

State = Transfer.State
# The list of a very large file's chunks, and the few fields around it.
MAX_BODY = 256 * 1024
# A file that rests goes on when its owner lets it, and one that is brought needs no fetching.
PAUSED, BROUGHT = 15, 30


# The id proves who asks, and this door knows neither cookie nor session.
@csrf_exempt
@require_POST
async def give(request: HttpRequest, transfer_id: bytes) -> HttpResponse:
    """Answer with the chunks that are asked for, and note how the file stands there."""
    return await door.guarded(request, views.CONTENT_TYPE, MAX_BODY, _give, transfer_id)


def _give(transfer_id: bytes, body: bytes) -> HttpResponse:
    row = _find(transfer_id)
    if row is None or row.blob is None:
        return views.refuse(404, "nothing")
    try:
        fetch = decode(Fetch, body, limit=MAX_BODY)
    except ProtocolError:
        return views.refuse(400, "malformed")
    if ways.works(row.peer_id):
        # We bring it ourselves: no chunk should go twice.
        return views.refuse(503, "busy", retry_after=BROUGHT)
    chunks = store.chunks_of(row.blob)
    if fetch.first + fetch.count > chunks:
        return views.refuse(422, "chunk")
    _note(row, fetch, chunks)
    if row.state == State.PAUSED:
        return views.refuse(503, "busy", retry_after=PAUSED)
    try:
        sealed = store.read(row.blob, fetch.first, fetch.count)
    except store.Missing:
        return views.refuse(404, "nothing")
    headers = {"Content-Length": str(len(sealed))}
    return HttpResponse(sealed, content_type=door.CHUNK_TYPE, headers=headers)


def _find(transfer_id: bytes) -> Transfer | None:
    """Return what this id opens here: the same nothing for a guess and for what was taken back.

    Who knows the id holds the offer, though its receipt may come later than the question.
    """
    rows = Transfer.objects.filter(transfer_id=transfer_id, incoming=False, peer__pinned=True, peer__withdrawn_at=None)
    return rows.filter(state__in=(State.OFFERED, State.MOVING, State.PAUSED)).select_related("blob", "peer").first()


def _note(row: Transfer, fetch: Fetch, chunks: int) -> None:
    """Show how far the file is there. Only a hint: its end comes as an envelope."""
    held = chunks - len(missing(fetch.have, range(chunks)))
    reason = Wish.NO_ROOM.value if fetch.wish is Wish.NO_ROOM else ""
    if (row.sent, row.reason) != (held, reason):
        row.sent, row.reason = held, reason
        Transfer.objects.filter(pk=row.pk).update(sent=held, reason=reason)
        hooks.transfer_moved.send(sender=Transfer, transfer=row, held=held)
