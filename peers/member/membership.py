"""Who the member of this node is, and how their being signed in ends."""

import uuid

from django.db import transaction

from accounts.models import Person
from accounts.services import end_sessions
from peers import events
from peers.models import LoginServer
from peers.own import own_device


def member() -> Person | None:
    """Return the person to whom this node belongs, or None before the first sign-in."""
    own = own_device()
    if own is None or not own.person:
        return None
    return Person.objects.filter(pk=uuid.UUID(bytes=bytes(own.person))).first()


@transaction.atomic
def end(token: str | None = None) -> None:
    """Forget the token, and end the member's session in every browser.

    With `token`, only if it is still the one in use: it may have ended because a later sign-in took its place.
    """
    held = LoginServer.objects.exclude(token="") if token is None else LoginServer.objects.filter(token=token)
    if not held.update(token="") and token is not None:
        return
    person = member()
    if person is not None:
        end_sessions(person)
    events.publish("ended")
    events.publish("links")
