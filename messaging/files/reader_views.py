"""The page that shows a PDF, drawn by pdf.js in the browser: no script of the document runs."""

import uuid

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from messaging.files.models import Attachment
from messaging.files.names import shown
from messaging.files.views import readable
from peers.member.access import member_required

SELF = ["'self'"]
# What this page needs more than others: pdf.js works in a worker, and the conversation shows the page in a frame.
POLICY = {"worker-src": SELF, "frame-ancestors": SELF}


@csp_replace(POLICY)
@xframe_options_sameorigin
@never_cache
@member_required
@require_safe
def reader(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a PDF page by page, or 404."""
    row = readable(pk, Attachment.Kind.PDF)
    if row.message_id is None:
        raise Http404
    return render(request, "messaging/reader.html", {"file": row, "name": shown(row.name)})
