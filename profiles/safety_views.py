"""The page on which two people find out whether anybody stands between them: by digits, by camera, by emoji."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from peers.member.access import member_required, verified_required
from peers.models import KnownPerson
from profiles import comparing, trust
from profiles.cards import card_of
from profiles.errors import NoCode, NumberChanged, ProfileError
from profiles.forms import ScanForm


@never_cache
@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def safety(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Show the safety number with somebody, and take the member's word that the two of them compared it."""
    known = get_object_or_404(KnownPerson, pk=person)
    if request.method == "POST":
        return _compare_digits(request, known)
    return _show(request, known)


@verified_required
def _compare_digits(request: HttpRequest, known: KnownPerson) -> HttpResponse:
    try:
        if request.POST.get("answer") == "forget":
            trust.take_mark_back(known)
            comparing.forget(known.pk)
        else:
            trust.mark_compared(known, request.POST.get("number", ""))
    except NumberChanged as err:
        return _show(request, known, err.sentence, 409)
    return redirect("profiles:safety", known.pk)


@never_cache
@verified_required
@require_POST
def compare(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Take a step of a comparison of emoji: begin, join, same, differ or stop."""
    known = get_object_or_404(KnownPerson, pk=person)
    what, name = request.POST.get("what", ""), request.POST.get("talk", "")
    try:
        if what == "begin":
            comparing.begin(known)
        else:
            comparing.act(known, name, what)
    except ProfileError as err:
        return _show(request, known, err.sentence, 409)
    return redirect("profiles:safety", known.pk)


@never_cache
@verified_required
@require_POST
def scan(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Take a photo of the other's screen, or what the browser read on it. A script gets a sentence, or nothing."""
    known = get_object_or_404(KnownPerson, pk=person)
    is_script = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    try:
        form = ScanForm(request.POST, request.FILES)
        if not form.is_valid():
            raise NoCode
        trust.mark_scanned(known, form.read())
    except ProfileError as err:
        status = 422 if isinstance(err, NoCode) else 409
        if is_script:
            return HttpResponse(err.sentence, status=status, content_type="text/plain; charset=utf-8")
        return _show(request, known, err.sentence, status)
    return HttpResponse(status=204) if is_script else redirect("profiles:safety", known.pk)


def _show(request: HttpRequest, known: KnownPerson, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "card": card_of(known),
        "trust": trust.trust_in(known),
        "talk": comparing.talk_with(known.pk),
        "error": error,
    }
    return render(request, "profiles/safety.html", context, status=status)
