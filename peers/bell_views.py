"""Where the node hears the bell. It asks for no cookie, and tells nothing."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from peers import bell, node
from peers.views import REFUSALS_PER_ADDRESS, address_of, limiter, refuse

MOST = 200


# What is signed is the proof; a page of somebody else has no such signature.
@csrf_exempt
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Look at the outbox, for a command of this home. Everybody else is refused, and after a while unread."""
    address = address_of(request)
    if not limiter.test(REFUSALS_PER_ADDRESS, "bell", address):
        return refuse(429, "later", retry_after=10)
    if len(request.body) > MOST or not bell.is_ours(request.body):
        limiter.hit(REFUSALS_PER_ADDRESS, "bell", address)
        return refuse(403, "nothing")
    node.look()
    return HttpResponse("", content_type="text/plain")
