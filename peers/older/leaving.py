"""Letters for somebody who is away, left with others of the network: whoever is back asks them for their post."""

import logging
import time
from contextlib import closing

from django.conf import settings as project
from django.db import transaction

from peers import hooks
from peers.classic.codes import is_success
from peers.classic.encryption import WITH_KEY
from peers.classic.fields import write_body
from peers.classic.year import Year
from peers.models import ClassicLetter, ClassicPerson
from peers.older import agreement, blocks, bodies, caution, outbox, people, relay, settings
from peers.older.agreement import Agreement
from peers.older.calling import client_of
from peers.transport.errors import TransportError

log = logging.getLogger(__name__)

MOST_PEERS, SECONDS = 20, 20.0
# What carries a key and no agreement was ever made about: both years have it.
WITHOUT_AGREEMENT = 4


def can_be_left(person: ClassicPerson, letter: ClassicLetter) -> bool:
    """Whether a letter of ours, which did not get through, may wait with others: once, and for who is away."""
    return letter.mine and letter.kind in relay.CALLS and not letter.left_with and not person.person.online


def leave(person: ClassicPerson, letter: ClassicLetter) -> int:
    """Post the identical body to everybody who can be reached, and return how many keep it."""
    agreed = remembered(person)
    if agreed is None:
        return 0
    try:
        content = bodies.content_of(letter)
        standard = bodies.fitting(agreed, content)
    except (bodies.Gone, bodies.TooLong):
        return 0
    number = agreed.hashing if standard or settings.year() is Year.Y2017 else 0
    body = write_body(bodies.body_of(letter, person, content, standard, number, agreed))
    path, end, kept = relay.CALLS[ClassicLetter.Kind(letter.kind)], time.monotonic() + SECONDS, 0
    for peer in _reachable(person):
        kept += time.monotonic() < end and _post(peer, path, body)
    if kept:
        _note(letter, kept, standard)
    return kept


def remembered(person: ClassicPerson) -> Agreement | None:
    """Return what may be used with somebody who cannot be asked; None if the settings ask for more."""
    key = agreement.key_of(person)
    standard = person.encryption
    if standard is None:
        standard = WITHOUT_AGREEMENT if key else 0
    if standard in WITH_KEY and key is None:
        standard = person.weaker
    if standard < project.PEERNET_CLASSIC_MIN_ENCRYPTION:
        return None
    return Agreement(standard, person.weaker, person.hashing if person.agreed_at else 2, key, False)


def _reachable(person: ClassicPerson) -> list[ClassicPerson]:
    there = ClassicPerson.objects.filter(person__online=True, blocked=False).exclude(ip="").exclude(pk=person.pk)
    there = there.order_by("-listed_at")[:MOST_PEERS]
    return [peer for peer in there if not people.is_native(peer.user_name) and not blocks.is_blocked(peer.user_name)]


def _post(peer: ClassicPerson, path: str, body: bytes) -> bool:
    try:
        with closing(client_of(peer)) as client:
            return is_success(client.post_raw(path, body))
    except TransportError as err:
        log.info("a classic node keeps nothing for others: %s", type(err).__name__)
        return False


@transaction.atomic
def _note(letter: ClassicLetter, kept: int, standard: int) -> None:
    if ClassicLetter.objects.filter(pk=letter.pk, state=outbox.WAITING).update(left_with=kept):
        letter.left_with = kept
        hooks.classic_letter_moved.send(sender=ClassicLetter, letter=letter, caution=caution.of_left(kept, standard))
