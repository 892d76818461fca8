"""Files at the user's door: the tray's calls, and the bytes for the member's own page."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from messaging.errors import MessagingError
from messaging.files import downloads, kinds, limits, offers, photos, pictures, previews, uploads, vault
from messaging.files.errors import FileError
from messaging.files.forms import FinishForm, PauseForm, UploadForm
from messaging.files.models import Attachment, Preview
from messaging.files.names import shown
from messaging.recipients import recipient
from messaging.views import access_person
from peers.blobs import store
from peers.blobs.have import missing
from peers.member.access import member_required
from peers.models import KnownPerson
from peers.protocol.chunk import CHUNK, RUN

State, Kind = Attachment.State, Attachment.Kind
# A text is shown as far as this; all of it is in the download.
EXCERPT = 64 * 1024
BUSY = "This file is being worked on. Try again in a moment."
DISK = "This computer's disk did not take the file. Check that it has room, and try again."


def access_attachment(pk: uuid.UUID) -> Attachment:
    """Return a file of the member's conversations, or 404."""
    return get_object_or_404(Attachment.objects.select_related("blob"), pk=pk)


def access_waiting(pk: uuid.UUID) -> Attachment:
    """Return a file in a tray, or 404."""
    return get_object_or_404(Attachment.objects.select_related("blob"), pk=pk, mine=True, message=None)


def said(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer what goes wrong with a sentence that the tray can show."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except FileError as err:
            return _sorry(err.sentence, err.status)
        except MessagingError as err:
            return _sorry(err.sentence, 422)
        except store.Busy:
            return _sorry(BUSY, 503)
        except OSError:
            return _sorry(DISK, 507)

    return answering


def _sorry(sentence: str, status: int) -> JsonResponse:
    return JsonResponse({"sentence": sentence}, status=status)


def described(row: Attachment) -> dict[str, Any]:
    """Return a file of the tray as its page needs it."""
    lacks = missing(bytes(row.blob.have), range(row.chunks)) if row.blob and row.state == State.UPLOADING else []
    has_preview = Preview.objects.filter(pk=row.pk).exists()
    return {
        "id": str(row.pk),
        "name": row.name,
        "shown": shown(row.name),
        "size": row.size,
        "kind": row.kind,
        "chunk": CHUNK,
        "most": RUN,
        "missing": lacks,
        "ready": row.state == State.READY,
        "asking": row.state == State.ASKING,
        "original": row.original,
        "preview": has_preview,
    }


@never_cache
@member_required
def tray(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Return what waits in the tray of a conversation, or put one more file into it."""
    known = access_person(person)
    if request.method == "POST":
        return _begin(request, known)
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    limits.ask(recipient(person).devices)
    return JsonResponse({"files": [described(row) for row in uploads.waiting(known).select_related("blob")]})


@said
def _begin(request: HttpRequest, person: KnownPerson) -> HttpResponse:
    form = UploadForm(request.POST)
    if not form.is_valid():
        return _sorry("This file cannot be sent: its name or its size is missing. Choose it again.", 422)
    fields = form.cleaned_data
    made = uploads.begin(person, fields["name"], fields["size"], fields["media_type"], fields["original"])
    return JsonResponse(described(made), status=201)


@never_cache
@member_required
@require_POST
@said
def put(request: HttpRequest, pk: uuid.UUID, index: int) -> HttpResponse:
    """Take a few neighbouring chunks, as the raw body of the request."""
    # Not `body`, which is for forms and has their limit.
    uploads.put(access_waiting(pk), index, request.read())
    return HttpResponse(status=204)


@never_cache
@member_required
@require_POST
@said
def finish(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Close a file that is wholly here."""
    form = FinishForm(request.POST)
    if not form.is_valid():
        return _sorry("The SHA-256 of this file is not one. Choose the file again.", 422)
    return JsonResponse(described(uploads.finish(access_waiting(pk), form.cleaned_data["sha256"])))


@never_cache
@member_required
@require_POST
def as_it_is(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a photo go that could not be stripped."""
    photos.send_as_it_is(access_waiting(pk))
    return JsonResponse(described(access_waiting(pk)))


@never_cache
@member_required
@require_POST
def drop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Throw away a file of the tray."""
    uploads.drop(access_waiting(pk))
    return HttpResponse(status=204)


@never_cache
@member_required
@require_POST
def pause(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a file of the member's rest on its way to the recipient, or go on."""
    row = get_object_or_404(Attachment, pk=pk, mine=True, message__isnull=False)
    form = PauseForm(request.POST)
    if not form.is_valid():
        raise Http404
    offers.pause(row, form.cleaned_data["paused"])
    where = reverse("messaging:conversation", args=[row.person_id])
    return HttpResponse(status=303, headers={"Location": where})


def readable(pk: uuid.UUID, *kinds: Attachment.Kind) -> Attachment:
    """Return a file that is wholly here and of one of these kinds, or 404."""
    row = access_attachment(pk)
    if row.state != State.READY or row.blob is None or (kinds and row.kind not in kinds):
        raise Http404
    return row


@member_required
@require_safe
def download(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Return a file to be saved: whatever it is, the browser shows nothing of it."""
    return downloads.answer(request, readable(pk), "application/octet-stream", inline=False)


@member_required
@require_safe
def play(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Return audio or video to be played in the page, under the type that its own bytes show."""
    row = readable(pk, Kind.AUDIO, Kind.VIDEO)
    return downloads.answer(request, row, row.sniffed, inline=True)


@member_required
@require_safe
def original(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Return a picture as it was sent, to be shown large, if browsers show its kind and our decoder could read it."""
    row = readable(pk, Kind.IMAGE)
    if row.sniffed not in kinds.SHOWN or not Preview.objects.filter(pk=row.pk).exists():
        raise Http404
    return downloads.answer(request, row, row.sniffed, inline=True)


@never_cache
@member_required
@require_POST
@said
def poster(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep a moment of a film as its picture, drawn by the browser and made anew here. The first one stays."""
    row = readable(pk, Kind.VIDEO)
    if Preview.objects.filter(pk=row.pk).exists():
        return HttpResponse(status=204)
    try:
        previews.keep(row, pictures.preview(request.body))
    except pictures.NoPicture:
        return _sorry("This is not a picture of a film.", 422)
    return HttpResponse(status=204)


@member_required
@require_safe
def preview(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Return the small picture that was made anew from a picture's pixels."""
    made = get_object_or_404(Preview, pk=pk)
    return downloads.guarded(HttpResponse(bytes(made.body), content_type="image/webp"))


@member_required
@require_safe
def text(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Return the beginning of a text, as text and nothing else."""
    row = readable(pk, Kind.TEXT)
    start = b"".join(vault.between(row, 0, min(row.size, EXCERPT))).decode(errors="replace")
    response = HttpResponse(start, content_type="text/plain; charset=utf-8")
    response["X-Whole"] = "yes" if row.size <= EXCERPT else "no"
    return downloads.guarded(response)
