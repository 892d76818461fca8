"""Messages that are left here for classic people who are away: held within quotas, and pushed when they ask.

They are pushed to the address in the list only, so that nobody has another's post sent to themselves.
"""

import hashlib
import time
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Count, Sum
from django.utils import timezone

from peers.classic.codes import ClassicError, Code, is_success
from peers.classic.fields import Body
from peers.models import ClassicHeld, ClassicLetter, ClassicPerson
from peers.older import blocks, limits, outbox, people, settings, shares
from peers.older.client import Client
from peers.transport.errors import TransportError

LIFETIME = timedelta(days=14)
MOST_FROM_ONE, MOST, MOST_BYTES = 50, 2_000, 64 * 1024 * 1024
# One person's post, of which one file may be the whole.
MOST_BYTES_FROM_ONE, LARGEST = 16 * 1024 * 1024, 256 * 1024
CALLS = {ClassicLetter.Kind.WORDS: "/receiveMessage", ClassicLetter.Kind.FILE: "/receiveFile"}
PUSH_SECONDS = 60.0
# While the login server is away its last list counts, however long ago that was.
NAMES = "classic:names"
# So long unseen, we were shown as gone, and somebody may have left something for us.
ABSENCE = 5 * 60
# How long one round of asking others may take; the rest is asked the next time.
ASK_SECONDS = 15.0


def note_names(names: list[str]) -> None:
    """Note who has an account at the classic login server: only for them anything is held."""
    cache.set(NAMES, frozenset(names), None)


def hold(data: bytes, sender: str, destination: str, path: str) -> None:
    """Keep a body for somebody who is away. Raises `ClassicError`: 3 for a name that nobody has, 11 past a quota."""
    people.check_not_blocked(sender)
    if destination not in cache.get(NAMES, frozenset()) or people.is_native(destination):
        raise ClassicError(Code.UNAVAILABLE)
    if len(data) > LARGEST and path == CALLS[ClassicLetter.Kind.WORDS]:
        raise ClassicError(Code.TOO_LARGE)
    shares.check_disk()
    digest = hashlib.sha256(data).digest()
    if ClassicHeld.objects.filter(digest=digest).exists():
        return
    for held, most, most_bytes in (
        (ClassicHeld.objects.filter(sender=sender), MOST_FROM_ONE, MOST_BYTES_FROM_ONE),
        (ClassicHeld.objects.all(), MOST, MOST_BYTES),
    ):
        found = held.aggregate(rows=Count("pk"), size=Sum("size"))
        if found["rows"] >= most or (found["size"] or 0) + len(data) > most_bytes:
            raise ClassicError(Code.REFUSED)
    fields = {"sender": sender, "destination": destination, "path": path}
    ClassicHeld.objects.create(digest=digest, body=data, size=len(data), **fields)


def retrieve(data: bytes, source: str) -> None:
    """Have what is held for a person pushed to where the list places them. Raises `ClassicError` 3 if it does not."""
    requestor = Body(data).text("requestor")
    people.check_not_blocked(requestor)
    limits.count(limits.RETRIEVALS, "retrievals", requestor[:200])
    person = (
        ClassicPerson.objects.filter(user_name=requestor, person__online=True, blocked=False).exclude(ip="").first()
    )
    if person is None:
        raise ClassicError(Code.UNAVAILABLE)
    if ClassicHeld.objects.filter(destination=requestor).update(wanted=True):
        outbox.wake(person.pk)


def push(person: ClassicPerson, client: Client) -> None:
    """Hand over what a person asked for. What fails is kept until they ask again. Raises `TransportError`."""
    wanted = ClassicHeld.objects.filter(destination=person.user_name, wanted=True)
    try:
        # One body in memory at a time: a file's may have 15 MiB.
        for pk in list(wanted.order_by("pk").values_list("pk", flat=True)):
            held = ClassicHeld.objects.filter(pk=pk).first()
            if held and is_success(client.post_raw(held.path, bytes(held.body), PUSH_SECONDS)):
                held.delete()
    finally:
        wanted.update(wanted=False)


def waits_for(person: ClassicPerson) -> bool:
    """Whether a person asked for something that is held here."""
    return ClassicHeld.objects.filter(destination=person.user_name, wanted=True).exists()


def expire() -> None:
    """Forget what nobody has asked for in two weeks."""
    ClassicHeld.objects.filter(created_at__lt=timezone.now() - LIFETIME).delete()


class Asker:
    """Asks every node that comes into the list for what it holds for us, and all of them again after an absence."""

    def __init__(self) -> None:
        self._asked: set[tuple[str, int]] = set()
        # By the wall clock, which goes on while the machine sleeps.
        self._last = 0.0

    def ask(self, allow_loopback: bool) -> None:
        """Ask those who were not asked since we were away, for as long as a round may take."""
        now, end = time.time(), time.monotonic() + ASK_SECONDS
        if now - self._last > ABSENCE:
            self._asked.clear()
        self._last = now
        for person in ClassicPerson.objects.filter(person__online=True, blocked=False).exclude(ip=""):
            place = person.ip, person.port
            if place in self._asked or time.monotonic() > end or blocks.is_blocked(person.user_name):
                continue
            self._asked.add(place)
            self._ask(place, allow_loopback)

    @staticmethod
    def _ask(place: tuple[str, int], allow_loopback: bool) -> None:
        own = settings.own_name()
        try:
            client = Client(*place, settings.year(), own, allow_loopback=allow_loopback)
            client.post("/retrieveMessages", {"requestor": own})
            client.close()
        except TransportError:
            return  # many nodes do not know this call


asker = Asker()
