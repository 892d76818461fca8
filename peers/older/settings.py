"""What the settings say about the classic network, and our key in it."""

import uuid
from functools import lru_cache

from django.conf import settings
from django.core.cache import cache

from accounts.models import Person
from accounts.names import name_key
from peers.classic.ciphers import PrivateKey, new_private_key
from peers.classic.login import MAX_NAME
from peers.classic.year import Year
from peers.models import ClassicKey, OwnDevice

MEMBER, MEMBER_SECONDS = "classic:member", 60


def is_on() -> bool:
    """Whether this node speaks with the classic network."""
    return bool(settings.PEERNET_CLASSIC)


def year() -> Year:
    """Return whose rules are followed towards nodes."""
    return Year(settings.PEERNET_CLASSIC_YEAR)


def own_name() -> str:
    """Return the name that the member has in the classic network; empty while nobody has signed in here."""
    return settings.PEERNET_CLASSIC_USER or _member_name()


def is_own_name(name: str) -> bool:
    """Whether a classic node means our member by this name."""
    return bool(name) and (name == settings.PEERNET_CLASSIC_USER or name == _member_name())


def is_own_name_spelled(name: str) -> bool:
    """Whether a name is the member's, however it is spelled: nobody else may write under it."""
    ours = {name_key(each) for each in (settings.PEERNET_CLASSIC_USER, _member_name()) if each}
    return len(name) <= MAX_NAME and name_key(name) in ours


def _member_name() -> str:
    if found := cache.get(MEMBER):
        return str(found)
    if found := _ask_member_name():
        # A node keeps its member, and a name never changes: asked for each message, it may be kept a while.
        cache.set(MEMBER, found, MEMBER_SECONDS)
    return found


def _ask_member_name() -> str:
    person = OwnDevice.objects.values_list("person", flat=True).first()
    if not person:
        return ""
    found = Person.objects.filter(pk=uuid.UUID(bytes=bytes(person)))
    return found.values_list("user_name", flat=True).first() or ""


def own_key() -> PrivateKey:
    """Return our key for this year, made now if need be."""
    row = ClassicKey.objects.filter(year=year()).first()
    if row is None:
        row, _ = ClassicKey.objects.get_or_create(year=year(), defaults={"secret": new_private_key(year())})
    return _read_key(bytes(row.secret))


@lru_cache(maxsize=2)
def _read_key(secret: bytes) -> PrivateKey:
    # Reading a key checks it, which takes longer than using it.
    return PrivateKey(secret)
