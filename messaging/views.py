"""The pages of conversations, which work without script."""

import uuid
from collections.abc import Callable

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from messaging import drafts, history, services
from messaging import fate as fates
from messaging.conversations import found_with
from messaging.deletions import is_possible as can_be_deleted
from messaging.errors import MessagingError
from messaging.forms import MessageForm, OlderForm, ReadForm
from messaging.links import links
from messaging.models import Conversation, Message
from messaging.people import beside, head_of, known_person, people, unread_total
from messaging.sending import Composed, send_message
from peers.member.access import member_required
from peers.models import KnownPerson
from peers.reachability import Reach, reach
from profiles.cards import own_card


def access_person(person: uuid.UUID) -> KnownPerson:
    """Return somebody whom this node knows, or 404."""
    found = known_person(person)
    if found is None:
        raise Http404
    return found


def access_own_message(payload_id: bytes) -> Message:
    """Return one of the member's own messages, or 404."""
    return get_object_or_404(Message.objects.select_related("conversation"), payload_id=payload_id, mine=True)


def conversation_of(person: KnownPerson) -> Conversation | None:
    return found_with(person.pk)


@never_cache
@member_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the people, and no conversation."""
    return show(request, None)


@never_cache
@member_required
@require_safe
def conversation(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Show the newest messages. Looking marks nothing as read: that takes a page somebody sees, or a click."""
    return show(request, access_person(person))


@never_cache
@member_required
@require_safe
def older(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Return the messages before a given one: a fragment for a script, the whole page for a link that was followed."""
    known = access_person(person)
    form = OlderForm(request.GET)
    if not form.is_valid():
        raise Http404
    page = history.older(conversation_of(known), known.name, form.cleaned_data["before"])
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        return show(request, known, page=page)
    return render(request, "messaging/messages.html", {**head_of(known), **_messages(page)})


@never_cache
@member_required
@require_POST
def send(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Send what the composer holds, or show it again with the reason why not."""
    known = access_person(person)
    form = MessageForm(request.POST)
    form.is_valid()
    text = form.cleaned_data["text"]
    try:
        send_message(Composed(known.pk, text, form.cleaned_data.get("key")))
    except MessagingError as err:
        return show(request, known, text, err.sentence, status=422)
    drafts.keep({known.pk: ""})
    _mark_read(known, form)
    return back_to(known.pk)


@never_cache
@member_required
@require_POST
def read(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Mark as read up to a message."""
    known = access_person(person)
    form = ReadForm(request.POST)
    form.is_valid()
    _mark_read(known, form)
    return back_to(known.pk)


def _mark_read(person: KnownPerson, form: ReadForm | MessageForm) -> None:
    found, up_to = conversation_of(person), form.cleaned_data.get("up_to")
    if found and up_to:
        services.mark_read(found, up_to)


@never_cache
@member_required
@require_safe
def fate(request: HttpRequest, payload_id: bytes) -> HttpResponse:
    """Tell how a message fared: a fragment for a script, a page for a link that was followed."""
    messages = Message.objects.select_related("conversation__direct_with")
    message = get_object_or_404(messages, payload_id=payload_id)
    is_page = request.headers.get("Sec-Fetch-Mode") == "navigate"
    template = "messaging/fate_page.html" if is_page else "messaging/fate.html"
    return render(
        request, template, {"message": message, "steps": fates.fate(message), "can_be_deleted": can_be_deleted(message)}
    )


@never_cache
@member_required
@require_POST
def forget(request: HttpRequest, payload_id: bytes) -> HttpResponse:
    """Delete a message, whoever wrote it, on this computer only."""
    messages = Message.objects.select_related("conversation__direct_with")
    return _done(request, services.forget, get_object_or_404(messages, payload_id=payload_id))


@never_cache
@member_required
@require_POST
def retry(request: HttpRequest, payload_id: bytes) -> HttpResponse:
    """Send a failed message again."""
    return _do(request, services.retry, payload_id)


@never_cache
@member_required
@require_POST
def cancel(request: HttpRequest, payload_id: bytes) -> HttpResponse:
    """Take back a message that waits."""
    return _do(request, services.cancel, payload_id)


@never_cache
@member_required
@require_POST
def delete(request: HttpRequest, payload_id: bytes) -> HttpResponse:
    """Remove a failed message."""
    return _do(request, services.delete, payload_id)


def _do(request: HttpRequest, service: Callable[[Message], None], payload_id: bytes) -> HttpResponse:
    return _done(request, service, access_own_message(payload_id))


def _done(request: HttpRequest, service: Callable[[Message], None], message: Message) -> HttpResponse:
    person = message.conversation.direct_with
    try:
        service(message)
    except MessagingError as err:
        return show(request, person, error=err.sentence, status=422)
    return back_to(person.pk)


def back_to(person: uuid.UUID) -> HttpResponse:
    """Answer a form with the page that it came from."""
    return HttpResponse(status=303, headers={"Location": reverse("messaging:conversation", args=[person])})


# A PDF is read in a frame of this page.
@csp_update({"frame-src": ["'self'"]})
def show(
    request: HttpRequest,
    person: KnownPerson | None,
    text: str | None = None,
    error: str = "",
    status: int = 200,
    page: history.Page | None = None,
) -> HttpResponse:
    """Answer with the whole page; with the newest messages and the draft if no others are given."""
    found = conversation_of(person) if person else None
    if page is None:
        page = history.latest(found, person.name) if person else history.Page()
    if text is None:
        text = found.draft if found else ""
    listed, way = people(), reach(person) if person else Reach.UNKNOWN
    context = {
        "member": request.user,
        "verified": request.user.is_verified(),
        **beside(listed, person.pk if person else None, unread_total(listed)),
        "links": links(person, way),
        **(head_of(person, way) if person else {"conversation": None}),
        "me": own_card(request.user),
        "composer_text": text,
        "composer_error": error,
        "composer_key": uuid.uuid4(),
        **_messages(page),
    }
    return render(request, "messaging/page.html", context, status=status)


def _messages(page: history.Page) -> dict[str, object]:
    return {"messages": page.bubbles, "has_older": page.has_older, "oldest": page.oldest}
