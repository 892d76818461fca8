"""Whom we know by the classic network. Never somebody who has a PeerNet device."""

from django.db import connection, transaction

from accounts.names import name_key
from peers import events
from peers.classic.codes import ClassicError, Code
from peers.classic.login import is_name
from peers.models import ClassicPerson, KnownPerson
from peers.older import blocks, limits, settings
from peers.prepared import Select

# A stranger can invent names without end; those who are in a list do not count.
MOST_UNLISTED = 200
# Asked for each message. The ORM takes ten times as long to put it into words as the database to answer.
NATIVE = """
    SELECT 1 FROM peers_knownperson person
    WHERE lower(person.user_name) IN (%s, %s)
      AND EXISTS (SELECT 1 FROM peers_peerdevice device WHERE device.person_id = person.id)
    LIMIT 1
"""

_by_name = Select(
    lambda name: ClassicPerson.objects.select_related("person").filter(user_name=name), ClassicPerson.user_name
)


def is_native(name: str) -> bool:
    """Whether somebody with a PeerNet device has this name, however it is spelled."""
    with connection.cursor() as cursor:
        cursor.execute(NATIVE, [name.lower(), name_key(name)])
        return cursor.fetchone() is not None


def person_of(name: str, source: str) -> ClassicPerson:
    """Return the classic person who writes under a name from an address, met now if need be.

    Raises `ClassicError`: 1 for no name, 2 for the name of a PeerNet person, 11 for too many strangers.
    """
    found = _by_name.first(name)
    if not is_name(name):
        raise ClassicError(Code.MISSING_FIELD, "sender")
    check_not_native(name)
    check_not_blocked(name)
    return found or _meet(name, source)


def check_not_native(name: str) -> None:
    """Raise `ClassicError` 2 for the name of a PeerNet person, the member's own among them."""
    if is_native(name) or settings.is_own_name_spelled(name):
        raise ClassicError(Code.UNAUTHENTICATED, "a PeerNet person")


def check_not_blocked(name: str) -> None:
    """Raise `ClassicError` 11 for a name that the member or an admin blocked."""
    if blocks.is_blocked(name):
        raise ClassicError(Code.REFUSED)


@transaction.atomic
def _meet(name: str, source: str) -> ClassicPerson:
    limits.count(limits.STRANGERS, "strangers", source)
    if ClassicPerson.objects.filter(listed_at=None).count() >= MOST_UNLISTED:
        raise ClassicError(Code.REFUSED, "too many strangers")
    return add(name)


def add(name: str) -> ClassicPerson:
    """Store a new classic person, in the caller's transaction."""
    person = KnownPerson.objects.create(user_name=name)
    events.publish("people")
    return ClassicPerson.objects.create(user_name=name, person=person)


def takes_events(person: ClassicPerson) -> bool:
    """Whether a person's program said that it takes invitations to events. Most of 2017 do, and few of 2018."""
    return "receiveevent" in person.calls.split()


def block(person: ClassicPerson, blocked: bool) -> None:
    """Take nothing more from a person and send nothing more, or do so again."""
    (blocks.block if blocked else blocks.unblock)(person.user_name)
