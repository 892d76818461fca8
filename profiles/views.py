"""The pages of people, which work without script."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from peers.member.access import member_required, verified_required
from peers.models import KnownPerson
from profiles import others, status
from profiles.attention import attention
from profiles.cards import card_of, own_card
from profiles.connection import connection_with
from profiles.directory import directory, drawn, state_of
from profiles.forms import ProfileForm, StatusForm, form_of, status_form_of
from profiles.models import OwnProfile, Profile
from profiles.own import mark_of, own_profile, save_profile

MOST_SOUGHT = 100


def access_person(person: uuid.UUID) -> KnownPerson:
    """Return somebody whom this node knows, or 404."""
    return get_object_or_404(KnownPerson.objects.defer("statements", "refused"), pk=person)


@never_cache
@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """Show the member's own page, and let them edit it in its place."""
    if request.method == "POST":
        return _save(request)
    form = form_of(own_profile()) if "edit" in request.GET else None
    return _show_me(request, form, 200)


@verified_required
def _save(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_me(request, form, 422)
    if "preview" in request.POST:
        return _show_me(request, form, 200)
    save_profile(form.wanted(own_profile()))
    return redirect("profiles:me")


@never_cache
@member_required
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """Take how the member wants to be shown to others."""
    form = StatusForm(request.POST)
    if not form.is_valid():
        return _show_me(request, None, 422, form)
    data = form.cleaned_data
    status.choose(data["choice"], data["text"], form.until, data["hidden"])
    attention.changed()
    return redirect("profiles:me")


def _show_me(
    request: HttpRequest, form: ProfileForm | None, code: int, status_form: StatusForm | None = None
) -> HttpResponse:
    shown = _draft(form) if form is not None and form.is_bound and form.is_valid() else None
    held = status.own_status()
    context = {
        "form": form,
        "card": own_card(request.user, shown),
        "status_form": status_form or status_form_of(held),
        "status_until": held.until,
        "page": "me",
    }
    return render(request, "profiles/me.html", context, status=code)


def _draft(form: ProfileForm) -> OwnProfile:
    """Return what the member is about to save, for a preview; the picture is the one that is served now."""
    held, wanted = own_profile(), form.wanted(own_profile())
    for name in ("full_name", "position", "location", "time_zone", "description"):
        setattr(held, name, getattr(wanted, name))
    held.picture_mark = held.picture_mark if mark_of(wanted.picture) == held.picture_mark else ""
    return held


@never_cache
@member_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Return the card that a form would make: a fragment for a script. Nothing is stored."""
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    card = own_card(request.user, _draft(form))
    return render(request, "profiles/card.html", {"card": card})


@never_cache
@member_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Show everybody, or those whom the words of a search fit."""
    wanted = request.GET.get("q", "")[:MOST_SOUGHT]
    rows = directory(wanted)
    mark = state_of(rows)
    if request.headers.get("If-None-Match") == mark:
        # A page that is open asks whenever anybody changed.
        return HttpResponse(status=304)
    entries = mark_safe("".join(map(drawn, rows)))  # noqa: S308  (each is drawn by a template)
    context = {"entries": entries, "count": len(rows), "mark": mark, "wanted": wanted, "page": "people"}
    return render(request, "profiles/people.html", context)


@never_cache
@member_required
@require_safe
def person(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Show somebody's page, from the last copy of their profile."""
    if person == request.user.pk:
        return redirect("profiles:me")
    known = access_person(person)
    if others.look_for(known):
        known = access_person(person)
    context = {"card": card_of(known), "connection": connection_with(known)}
    return render(request, "profiles/person.html", context)


@never_cache
@member_required
@require_POST
def ask(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Ask somebody's node for their profile, unless it was asked just now."""
    known = access_person(person)
    if others.is_due(known):
        others.ask(known)
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return HttpResponse(status=204)
    return redirect("profiles:person", person)


@member_required
@require_safe
def picture(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Return a picture to the member's own browser, which keeps no copy of it."""
    rows = OwnProfile.objects if person == request.user.pk else Profile.objects.filter(person=person)
    data = rows.values_list("picture", flat=True).first()
    if not data:
        raise Http404
    response = HttpResponse(bytes(data), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    patch_cache_control(response, private=True, no_store=True)
    return response
