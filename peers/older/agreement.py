"""Which encryption and hashing are used with a classic person: the strongest that both have and that is proven."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings as project
from django.utils import timezone

from peers import events
from peers.classic.ciphers import BadKey, PublicKey
from peers.classic.codes import ClassicError
from peers.classic.encryption import STANDARDS, WITH_KEY
from peers.classic.listing import Abilities
from peers.models import ClassicPerson
from peers.older import settings
from peers.older.client import Client

# Nodes change: asked again after an hour, and whenever a standard is refused.
KEPT = timedelta(hours=1)


class TooWeak(Exception):
    """Their program offers no encryption as strong as your settings ask for."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is used with one person."""

    encryption: int
    # The strongest without a key, for what is too long for standard 3.
    weaker: int
    hashing: int
    key: PublicKey | None
    acknowledges: bool


def agree(person: ClassicPerson, client: Client) -> Agreement:
    """Return what is used with a person, asking their node if it was not asked lately.

    Raises `TransportError`, and `TooWeak` when the settings forbid everything that they have.
    """
    if person.encryption is None or person.agreed_at is None or person.agreed_at < timezone.now() - KEPT:
        _ask(person, client)
    encryption = person.encryption or 0
    if encryption < project.PEERNET_CLASSIC_MIN_ENCRYPTION:
        raise TooWeak
    return Agreement(encryption, person.weaker, person.hashing, key_of(person), "acknowledge" in person.calls.split())


def note_calls(person: ClassicPerson, client: Client) -> None:
    """Note what a person's node can do, ahead of the first message. Raises `TransportError`."""
    calls = _spelled(client.abilities())
    if calls != person.calls:
        person.calls = calls
        ClassicPerson.objects.filter(pk=person.pk).update(calls=calls)
        events.publish("people")


def _spelled(found: Abilities) -> str:
    return " ".join(found.calls)[:2000]


def forget(person: ClassicPerson) -> None:
    """Ask again before the next message."""
    person.encryption = person.agreed_at = None
    ClassicPerson.objects.filter(pk=person.pk).update(encryption=None, agreed_at=None)


def key_of(person: ClassicPerson) -> PublicKey | None:
    """Return the public key that is held of a person, or None."""
    try:
        return PublicKey(person.public_key) if person.public_key else None
    except BadKey:
        return None


def _ask(person: ClassicPerson, client: Client) -> None:
    found = client.abilities()
    if not person.public_key and set(found.encryption) & set(WITH_KEY):
        person.public_key = client.public_key(person.user_name)
    key = key_of(person)
    person.public_key = person.public_key if key else ""
    person.encryption = _strongest(person, client, found, key)
    person.weaker = max(n for n in STANDARDS[settings.year()] if n not in WITH_KEY and n in {0, *found.encryption})
    person.hashing = next((number for number in (2, 1) if number in found.hashing), 0)
    if person.encryption == 0 and settings.year() == 2018:
        # 2018 nodes answer 7 to a hash beside a clear text.
        person.hashing = 0
    if person.calls != _spelled(found):
        # What is offered on the pages may depend on it.
        events.publish("people")
    person.calls, person.agreed_at = _spelled(found), timezone.now()
    person.save(update_fields=["public_key", "encryption", "weaker", "hashing", "calls", "agreed_at"])


def _strongest(person: ClassicPerson, client: Client, found: Abilities, key: PublicKey | None) -> int:
    """Return the highest common standard that their node proves; without a handshake it is taken at its word."""
    common = [n for n in STANDARDS[settings.year()] if n in found.encryption and (key or n not in WITH_KEY)]
    for number in sorted(common, reverse=True):
        if number == 0 or "handshake" not in found.calls:
            return number
        try:
            if client.proves(number, key, person.user_name):
                return number
        except ClassicError:
            continue
    return 0
