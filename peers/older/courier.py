"""One classic person's turn: what waits for them is handed over in order, and theirs is acknowledged."""

import logging
from collections.abc import Callable
from contextlib import closing

from peers.couriers import Couriers
from peers.models import ClassicLetter, ClassicPerson
from peers.older import outbox, people, relay, server, settings
from peers.older.agreement import TooWeak
from peers.older.client import Client
from peers.older.turns import TOO_WEAK, Turn, pause_of
from peers.transport.errors import TransportError

log = logging.getLogger(__name__)

NATIVE = "They have a PeerNet device now, so the classic network is no longer used for them. Write to them there."


class Carrier:
    """Serves one classic person after the other; keeps nothing between turns."""

    def serve(self, pk: int, *, knock: bool, ending: Callable[[], bool]) -> float | None:
        """Hand over what waits. Returns the seconds before the next try, or None when nothing waits."""
        person = ClassicPerson.objects.select_related("person").filter(pk=pk, blocked=False).first()
        if person is None or not settings.is_on() or (not person.ip and not people.is_native(person.user_name)):
            # Without an address nothing can be done until a list names one, which wakes us.
            return None
        while not ending() and (letter := next_letter(person)):
            if people.is_native(person.user_name):
                outbox.fail(letter, NATIVE)
                ClassicLetter.objects.filter(pk=letter.pk, mine=False).update(state=outbox.DELIVERED, body="")
                continue
            pause = self._try(person, letter)
            if pause is not None:
                return pause
        if not ending() and relay.waits_for(person):
            self._push(person)
        return None

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
            return pause_of(letter)
        return None

    def close_idle(self) -> None:
        """Nothing is kept open."""

    def close(self) -> None:
        """Nothing is kept open."""


def client_of(person: ClassicPerson) -> Client:
    """Return what calls a person's node. Raises `TransportError` for an address that is not dialled."""
    local = server.is_local()
    return Client(person.ip, person.port, settings.year(), settings.own_name(), allow_loopback=local)


def next_letter(person: ClassicPerson) -> ClassicLetter | None:
    """Return the first letter of a person that something is to be done with: ours before acknowledgements of theirs."""
    waiting = ClassicLetter.objects.filter(person=person, state=outbox.WAITING)
    return waiting.order_by("-mine", "pk").first()


class ClassicCouriers(Couriers):
    """The same patient threads, for classic people."""

    def __init__(self, threads: int = 2) -> None:
        super().__init__(threads, carrier=Carrier)  # type: ignore[arg-type]

    def knock_all(self) -> None:
        """Serve everybody whom something waits for."""
        waiting = ClassicLetter.objects.filter(state=outbox.WAITING)
        for person in waiting.values_list("person", flat=True).distinct():
            self.wake(person)

    def _round(self) -> None:
        outbox.give_up_the_old()
        relay.expire()
        self.knock_all()
