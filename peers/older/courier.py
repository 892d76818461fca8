"""One classic person's turn: what waits for them is handed over in order, and theirs is acknowledged."""

import logging
import os
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from peers.couriers import Couriers
from peers.models import ClassicLetter, ClassicPerson
from peers.older import blocks, leaving, outbox, people, relay, settings
from peers.older.agreement import TooWeak
from peers.older.calling import client_of
from peers.older.turns import TOO_WEAK, Turn, pause_of
from peers.transport.errors import TransportError

log = logging.getLogger(__name__)

# An agreement with several proofs, and a file sent twice, each as slowly as is allowed.
LEASE = timedelta(minutes=5)
ASK_AGAIN = 15.0
NATIVE = "They have a PeerNet device now, so the classic network is no longer used for them. Write to them there."


class Carrier:
    """Serves one classic person after the other, each under a lease, so that no two processes serve the same."""

    def __init__(self) -> None:
        self.name = os.urandom(8).hex()

    def serve(self, pk: int, *, knock: bool, ending: Callable[[], bool]) -> float | None:
        """Hand over what waits. Returns the seconds before the next try, or None when nothing waits."""
        person = ClassicPerson.objects.select_related("person").filter(pk=pk, blocked=False).first()
        if person is None or not settings.is_on() or blocks.is_blocked(person.user_name):
            return None
        if not (next_letter(person) or relay.waits_for(person)):
            return None
        if not self._lease(person):
            return ASK_AGAIN
        try:
            return self._serve(person, ending)
        finally:
            self._give_back(pk=pk)

    def _serve(self, person: ClassicPerson, ending: Callable[[], bool]) -> float | None:
        while not ending() and (letter := next_letter(person)):
            if people.is_native(person.user_name):
                outbox.fail(letter, NATIVE)
                ClassicLetter.objects.filter(pk=letter.pk, mine=False).update(state=outbox.DELIVERED, body="")
                continue
            if not person.ip:
                # Nothing more can be done until a list names an address, which wakes us.
                self._leave(person, letter)
                return None
            pause = self._try(person, letter)
            if pause is not None:
                return pause
            self._lease(person)
        if not ending() and relay.waits_for(person):
            self._push(person)
        return None

    def _lease(self, person: ClassicPerson) -> bool:
        """Take a person for as long as the longest turn may last, or go on holding them."""
        now = timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lt=now) | Q(leased_by=self.name)
        mine = ClassicPerson.objects.filter(free, pk=person.pk)
        return mine.update(leased_by=self.name, leased_until=now + LEASE) == 1

    def _give_back(self, **which: int) -> None:
        ClassicPerson.objects.filter(leased_by=self.name, **which).update(leased_by="", leased_until=None)

    @staticmethod
    def _push(person: ClassicPerson) -> None:
        try:
            with closing(client_of(person)) as client:
                relay.push(person, client)
        except TransportError as err:
            log.info("a classic node that asked for its messages cannot be reached: %s", type(err).__name__)

    def _try(self, person: ClassicPerson, letter: ClassicLetter) -> float | None:
        ClassicLetter.objects.filter(pk=letter.pk).update(attempts=letter.attempts + 1)
        letter.attempts += 1
        try:
            with closing(client_of(person)) as client:
                return Turn(person, client).take(letter)
        except TooWeak:
            outbox.fail(letter, TOO_WEAK)
        except TransportError as err:
            log.info("a classic node could not be reached: %s", type(err).__name__)
            self._leave(person, letter)
            return pause_of(letter)
        return None

    @staticmethod
    def _leave(person: ClassicPerson, letter: ClassicLetter) -> None:
        if leaving.can_be_left(person, letter):
            leaving.leave(person, letter)

    def close_idle(self) -> None:
        """Nothing is kept open."""

    def close(self) -> None:
        """Give every person back."""
        self._give_back()


def next_letter(person: ClassicPerson) -> ClassicLetter | None:
    """Return the first letter of a person that something is to be done with: ours before acknowledgements of theirs."""
    waiting = ClassicLetter.objects.filter(person=person, state=outbox.WAITING)
    return waiting.order_by("-mine", "pk").first()


class ClassicCouriers(Couriers):
    """The same patient threads, for classic people."""

    def __init__(self, threads: int = 2) -> None:
        super().__init__(threads, carrier=Carrier)  # type: ignore[arg-type]

    def start(self) -> None:
        """Take over what an earlier process left, and begin to serve."""
        if connection.vendor == "sqlite":
            # One process holds such a home, so whoever leased these is dead.
            ClassicPerson.objects.exclude(leased_by="").update(leased_by="", leased_until=None)
        super().start()

    def look(self) -> None:
        """Serve everybody whom something waits for."""
        waiting = ClassicLetter.objects.filter(state=outbox.WAITING)
        for person in waiting.values_list("person", flat=True).distinct():
            self.wake(person)

    # The older protocol knows no knock.
    knock_all = look

    def _round(self) -> None:
        outbox.give_up_the_old()
        relay.expire()
        self.knock_all()
