"""Names of the classic network that are not let in: by the member, or by an admin for everybody."""

from collections.abc import Iterable

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet

from accounts.names import name_key
from peers import events
from peers.classic.login import MAX_NAME, is_name
from peers.models import ClassicBlock, ClassicPerson
from peers.older import outbox

KEPT, TOLD, KEPT_SECONDS = "classic:blocked", "classic:told-blocked:{}", 60
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
    return len(name) <= MAX_NAME and name_key(name) in keys()


def forget() -> None:
    """Ask the database anew."""
    cache.delete(KEPT)


def changed() -> None:
    """Ask the database anew, now and once the caller's transaction is committed."""
    forget()
    transaction.on_commit(forget)


def for_nodes(change: int) -> dict[str, list[str]]:
    """Return what the login server tells its nodes with each report and with each change of its directory.

    A name that is blocked, or let in again, is such a change: what was kept under an earlier one is not told any more.
    """
    if not settings.PEERNET_CLASSIC:
        return {}
    key = TOLD.format(change)
    found = cache.get(key)
    if found is None:
        found = list(ClassicBlock.objects.filter(by_admin=True).values_list("name", flat=True)[:MOST])
        cache.set(key, found, KEPT_SECONDS)
    return {"classic_blocked": found}


@transaction.atomic
def take(names: Iterable[str]) -> None:
    """Keep what the login server says is blocked for everybody."""
    wanted = {name for name in names if is_name(name)}
    rows = ClassicBlock.objects.filter(by_admin=True)
    held = set(rows.values_list("name", flat=True))
    if wanted == held:
        return
    for name in wanted - held:
        ClassicBlock.objects.update_or_create(name=name, defaults={"by_admin": True})
    _changed()
    _let_in(rows.filter(name__in=held - wanted), by_admin=False)


@transaction.atomic
def block(name: str) -> None:
    """Take nothing more under a name, met or not. Raises `NoName`."""
    if not is_name(name):
        raise NoName
    ours = {"by_member": True}
    ClassicBlock.objects.update_or_create(name=name, defaults=ours, create_defaults={**ours, "by_admin": False})
    ClassicPerson.objects.filter(user_name=name).update(blocked=True)
    _changed()


@transaction.atomic
def unblock(name: str) -> None:
    """Let a name write again that the member blocked; what an admin blocked stays so."""
    ClassicPerson.objects.filter(user_name=name).update(blocked=False)
    _changed()
    _let_in(ClassicBlock.objects.filter(name=name), by_member=False)


def _let_in(rows: QuerySet[ClassicBlock], **lifted: bool) -> None:
    """End a block on one side, and send what waits for those whom the other side does not block."""
    spelled = {name_key(name) for name in rows.values_list("name", flat=True)}
    # By their keys, for what finds the rows may be what changes.
    those = ClassicBlock.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))
    those.update(**lifted)
    those.filter(by_admin=False, by_member=False).delete()
    for person in ClassicPerson.objects.filter(blocked=False):
        if name_key(person.user_name) in spelled:
            outbox.wake(person.pk)


def listed() -> list[tuple[str, bool]]:
    """Return the blocked names, and whether an admin blocked them."""
    found = dict.fromkeys(ClassicPerson.objects.filter(blocked=True).values_list("user_name", flat=True), False)
    found |= dict(ClassicBlock.objects.values_list("name", "by_admin"))
    return sorted(found.items(), key=lambda each: name_key(each[0]))


def _changed() -> None:
    changed()
    events.publish("people")
