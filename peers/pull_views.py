"""The peers' door: a pull is held until something waits for its device, and answered with it."""

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from limits import RateLimitItemPerSecond

from peers import inbox, people, wakes, ways
from peers import own as own_device
from peers.models import OwnDevice
from peers.protocol import pull
from peers.protocol.codec import encode
from peers.pulls import HOLD_SECONDS, RETRY_AFTER, TooManyPulls, open_pulls
from peers.views import address_of, admit, answer, limiter, refuse

MAX_BODY = pull.MAX_SEALED + 64
# A pull whose nonce is not the last one costs us as much as any, and holds nothing.
OPENINGS_PER_DEVICE = RateLimitItemPerSecond(20, 60)


@dataclass(frozen=True, slots=True)
class Known:
    """A pull that a pinned device signed for us. Unless it is `fresh`, it may be a repeated one."""

    peer: int
    is_fresh: bool
    nonce: bytes
    reply: pull.Reply | None


# A pull proves its own sender, and this door knows neither cookie nor session.
@csrf_exempt
@require_POST
async def pulls(request: HttpRequest) -> HttpResponse:
    """Hold one pull, and answer it with a bundle as soon as a courier has one. Refusals are those of bundles."""
    known = await admit(request, "pulls", MAX_BODY, _judge)
    if isinstance(known, HttpResponse):
        return known
    if known.is_fresh:
        return await _hold(known, address_of(request))
    # Counted by address as well, so that nobody can use up the openings of another.
    if not limiter.hit(OPENINGS_PER_DEVICE, "openings", str(known.peer), address_of(request)):
        return refuse(429, "later", retry_after=RETRY_AFTER)
    wakes.pull_opened.send(sender=None, peer=known.peer)
    return _answer(pull.Handout(known.nonce, False, None))


def _judge(own: OwnDevice, body: bytes) -> Known:
    """Return whose pull this is. Raises `ProtocolError`; only a fresh one leaves a trace."""
    contents, key_id = pull.open_pull(own_device.sealing_secrets(own), bytes(own.device), body)
    peer = inbox.known_sender(pull.claimed_sender(contents))
    request = pull.verify_pull(contents, bytes(peer.device), bytes(own.device), key_id)
    is_fresh, nonce = open_pulls.renew(peer.pk, request.nonce)
    if is_fresh:
        if contents.card is not None:
            with transaction.atomic():
                people.take_card(peer, contents.card)
        ways.pulled(peer.pk)
    return Known(peer.pk, is_fresh, nonce, request.reply)


async def _hold(known: Known, address: str) -> HttpResponse:
    try:
        with open_pulls.holding(known.peer, address, known.reply) as held:
            # The couriers look whether something waits for it.
            wakes.pull_held.send(sender=None, peer=known.peer)
            if not await held.wait(HOLD_SECONDS) and open_pulls.release(held):
                return _answer(pull.Handout(known.nonce, True, None))
            bundle = await held.given()
    except TooManyPulls:
        return refuse(429, "later", retry_after=RETRY_AFTER)
    if held.dismissed:
        return refuse(429, "later", retry_after=RETRY_AFTER)
    return _answer(pull.Handout(known.nonce, True, bundle))


def _answer(handout: pull.Handout) -> HttpResponse:
    return answer(encode(handout))
