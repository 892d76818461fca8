"""The gallery of a conversation."""

import uuid

from csp.decorators import csp_update
from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from messaging import gallery
from messaging.views import access_person
from peers.member.access import member_required


class ShelfForm(forms.Form):
    """Which kind of things, and from where on."""

    of = forms.ChoiceField(choices=[(each, each) for each in gallery.SHELVES], required=False)
    before = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)


@csp_update({"frame-src": ["'self'"]})
@never_cache
@member_required
@require_safe
def show(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Show what was sent beside words: a page, or for a script what follows on it."""
    known = access_person(person)
    form = ShelfForm(request.GET)
    if not form.is_valid():
        raise Http404
    which = form.cleaned_data["of"] or gallery.SHELVES[0]
    context = {
        "person": known,
        "which": which,
        "shelves": gallery.SHELVES,
        "shelf": gallery.shelf(known.pk, which, form.cleaned_data["before"]),
    }
    return render(request, "messaging/gallery.html", context)
