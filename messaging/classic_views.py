"""What the member does with people and messages of the classic network only."""

import uuid
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from messaging import deletions, invitations, inviting
from messaging.errors import MessagingError
from messaging.forms import AttendForm, EventForm
from messaging.models import Message
from messaging.views import back_to, show
from peers.member.access import member_required
from peers.models import KnownPerson
from peers.older.people import block as block_person
from peers.older.people import takes_events


def access_message(payload_id: bytes) -> Message:
    """Return a message of a conversation with a classic person, or 404."""
    messages = Message.objects.select_related("conversation__direct_with")
    return get_object_or_404(messages, payload_id=payload_id, conversation__direct_with__classic__isnull=False)


@never_cache
@member_required
@require_POST
def block(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Block somebody of the classic network, or let them write again."""
    known = get_object_or_404(KnownPerson, pk=person, classic__isnull=False)
    block_person(known.classic, request.POST.get("block") == "1")
    return back_to(known.pk)


@never_cache
@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def event(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Invite somebody to an event, if their program takes invitations."""
    known = get_object_or_404(KnownPerson, pk=person, classic__isnull=False)
    form = EventForm(request.POST if request.method == "POST" else None, initial={"key": uuid.uuid4()})
    if form.is_valid():
        try:
            inviting.invite(known.pk, form.event, form.cleaned_data["key"])
        except MessagingError as err:
            form.add_error(None, err.sentence)
        else:
            return back_to(known.pk)
    elif not takes_events(known.classic):
        raise Http404
    context = {"form": form, "person": known, "zone": timezone.get_current_timezone_name()}
    return render(request, "messaging/event.html", context, status=422 if form.is_bound else 200)


@never_cache
@member_required
@require_POST
def attend(request: HttpRequest, payload_id: bytes) -> HttpResponse:
    """Answer an invitation to an event."""
    form = AttendForm(request.POST)
    if not form.is_valid():
        raise Http404
    return _do(request, payload_id, lambda message: invitations.answer(message, form.cleaned_data["attendance"]))


@never_cache
@member_required
@require_POST
def delete_both(request: HttpRequest, payload_id: bytes) -> HttpResponse:
    """Ask for a message to be deleted on both sides."""
    return _do(request, payload_id, deletions.ask)


@never_cache
@member_required
@require_POST
def delete_here(request: HttpRequest, payload_id: bytes) -> HttpResponse:
    """Delete on this side what the other program would not."""
    return _do(request, payload_id, deletions.here)


def _do(request: HttpRequest, payload_id: bytes, service: Callable[[Message], None]) -> HttpResponse:
    message = access_message(payload_id)
    person = message.conversation.direct_with
    try:
        service(message)
    except MessagingError as err:
        return show(request, person, error=err.sentence, status=422)
    return back_to(person.pk)
