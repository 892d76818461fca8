"""Names of the classic network that are not let in: by the member, or by an admin for everybody."""

from collections.abc import Iterable

from django.core.cache import cache
from django.db import transaction

from accounts.names import name_key
from peers import events
from peers.classic.login import is_name
from peers.models import ClassicBlock, ClassicPerson
from peers.older import outbox

KEPT, TOLD, KEPT_SECONDS = "classic:blocked", "classic:told-blocked", 60
MOST = 1_000


class NoName(Exception):
    """This is no name of the classic network: it has no blanks and no quotes, and 150 characters at most."""


def keys() -> frozenset[str]:
    """Return the blocked names, folded. Asked for each message, so they are kept for a while."""
    found = cache.get(KEPT)
    if found is None:
        found = frozenset(map(name_key, ClassicBlock.objects.values_list("name", flat=True)))
        cache.set(KEPT, found, KEPT_SECONDS)
    return found


def is_blocked(name: str) -> bool:
    """Whether a name is blocked here as such, whoever writes under it."""
    return name_key(name) in keys()


def forget() -> None:
    """Ask the database anew."""
    cache.delete_many((KEPT, TOLD))


def for_nodes() -> list[str]:
    """Return what the login server tells its nodes with each report."""
    found = cache.get(TOLD)
    if found is None:
        found = list(ClassicBlock.objects.filter(by_admin=True).values_list("name", flat=True)[:MOST])
        cache.set(TOLD, found, KEPT_SECONDS)
    return list(found)


@transaction.atomic
def take(names: Iterable[str]) -> None:
    """Keep what the login server says is blocked for everybody."""
    wanted = {name for name in names if is_name(name)}
    rows = ClassicBlock.objects.filter(by_admin=True)
    held = set(rows.values_list("name", flat=True))
    if wanted == held:
        return
    rows.exclude(name__in=wanted).delete()
    for name in wanted - held:
        ClassicBlock.objects.update_or_create(name=name, defaults={"by_admin": True})
    _changed()


@transaction.atomic
def block(name: str) -> None:
    """Take nothing more under a name, met or not. Raises `NoName`."""
    if not is_name(name):
        raise NoName
    ClassicBlock.objects.get_or_create(name=name, defaults={"by_admin": False})
    ClassicPerson.objects.filter(user_name=name).update(blocked=True)
    _changed()


@transaction.atomic
def unblock(name: str) -> None:
    """Let a name write again that the member blocked; what an admin blocked stays so."""
    ClassicBlock.objects.filter(name=name, by_admin=False).delete()
    for person in ClassicPerson.objects.filter(user_name=name, blocked=True):
        ClassicPerson.objects.filter(pk=person.pk).update(blocked=False)
        outbox.wake(person.pk)
    _changed()


def listed() -> list[tuple[str, bool]]:
    """Return the blocked names, and whether an admin blocked them."""
    found = dict.fromkeys(ClassicPerson.objects.filter(blocked=True).values_list("user_name", flat=True), False)
    found |= dict(ClassicBlock.objects.values_list("name", "by_admin"))
    return sorted(found.items(), key=lambda each: name_key(each[0]))


def _changed() -> None:
    forget()
    transaction.on_commit(forget)
    events.publish("people")
