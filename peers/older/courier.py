"""One classic person's turn: what waits for them is handed over in order, and theirs is acknowledged."""

import contextlib
import logging
import random
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

from django.conf import settings as project
from django.utils import timezone

from peers.classic import hashing
from peers.classic.codes import Code, is_success, read_code
from peers.classic.encryption import PADDED, STANDARDS, WITH_KEY, Sealer
from peers.classic.year import Year
from peers.couriers import Couriers
from peers.models import ClassicLetter, ClassicPerson
from peers.older import agreement, outbox, people, relay, server, settings
from peers.older.agreement import Agreement, TooWeak
from peers.older.client import Client
from peers.transport.errors import TransportError

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE, PATIENT_PAUSE, BUSY_PAUSE = 1.0, 30.0, 300.0, 60.0
PATIENT_AFTER = timedelta(hours=1)
# A standard that is refused again and again will not be taken later.
MOST_REFUSALS = 5
MOST_ACKNOWLEDGEMENTS = 10
TOO_WEAK = "Their program offers no encryption as strong as your settings ask for, so nothing was sent."
TOO_LONG = "This message is too long for the encryption that their program has. Send it in parts."
NATIVE = "They have a PeerNet device now, so the classic network is no longer used for them. Write to them there."
WORDS = {
    Code.MISSING_FIELD: "Their program did not understand this message.",
    Code.UNAUTHENTICATED: "Their program does not know you.",
    Code.TOO_LARGE: "Their program says that this message is too long.",
    Code.HASH_MISMATCH: "Their program says that this message was damaged on the way.",
    Code.ENCODING: "Their program cannot read this message.",
    Code.ENCRYPTION: "Their program could not decrypt this message.",
    Code.HASHING: "Their program could not check this message.",
}
# What may pass by itself.
PASSING = (Code.UNAVAILABLE, Code.DATABASE_ERROR, Code.TIMEOUT, Code.REFUSED, Code.INTERNAL)


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
                turn = Turn(person, client)
                return turn.send(letter) if letter.mine else turn.acknowledge(letter)
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


def pause_of(letter: ClassicLetter) -> float:
    """Return seconds, with jitter."""
    if timezone.now() - letter.created_at > PATIENT_AFTER:
        return PATIENT_PAUSE
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(letter.attempts, 6)) * random.uniform(0.5, 1.0)  # noqa: S311


class Turn:
    """The calls to one person's node."""

    def __init__(self, person: ClassicPerson, client: Client) -> None:
        self.person, self.client, self.year = person, client, settings.year()

    def send(self, letter: ClassicLetter) -> float | None:
        """Hand one letter over. Returns a pause when it must be tried again. Raises `TransportError` or `TooWeak`."""
        agreed = agreement.agree(self.person, self.client)
        standard = fitting(agreed, letter.body, self.year)
        if standard is None:
            outbox.fail(letter, TOO_LONG)
            return None
        number = agreed.hashing if standard or self.year is Year.Y2017 else 0
        code = self._post(letter, standard, number, agreed)
        if code is Code.HASH_MISMATCH and number:
            # A 2017 node hashes what it made of the text, not the text.
            number = 0
            code = self._post(letter, standard, number, agreed)
        return self._judge(letter, code, standard, number)

    def _post(self, letter: ClassicLetter, standard: int, number: int, agreed: Agreement) -> Code:
        answer = self.client.post(
            "/receiveMessage", message_of(letter, self.person, standard, number, agreed, self.year)
        )
        return Code.SUCCESS if is_success(answer) else read_code(answer)

    def _judge(self, letter: ClassicLetter, code: Code, standard: int, number: int) -> float | None:
        if code is Code.SUCCESS:
            outbox.handed(letter, standard, number)
            return None
        if code in (Code.ENCRYPTION, Code.HASHING) and letter.attempts < MOST_REFUSALS:
            agreement.forget(self.person)
            return pause_of(letter)
        if code in PASSING:
            return BUSY_PAUSE if code is Code.REFUSED else max(5.0, pause_of(letter))
        outbox.fail(letter, WORDS[code])
        return None

    def acknowledge(self, letter: ClassicLetter) -> float | None:
        """Tell the author of a letter that it arrived as it was hashed. Raises `TransportError`."""
        if "acknowledge" not in self._calls():
            code = Code.SUCCESS  # nobody there who would hear it
        else:
            answer = self.client.post("/acknowledge", acknowledgement_of(letter, self.person, self.year))
            code = Code.SUCCESS if is_success(answer) else read_code(answer)
        if code in PASSING and letter.attempts < MOST_ACKNOWLEDGEMENTS:
            return pause_of(letter)
        ClassicLetter.objects.filter(pk=letter.pk).update(state=outbox.DELIVERED, body="")
        return None

    def _calls(self) -> list[str]:
        # An acknowledgement holds no words, so no encryption is too weak for it.
        with contextlib.suppress(TooWeak):
            agreement.agree(self.person, self.client)
        return self.person.calls.split()


def fitting(agreed: Agreement, text: str, year: Year) -> int | None:
    """Return the agreed standard, or for a text that is too long for standard 3 the next below; None if forbidden."""
    if agreed.encryption != 3 or (agreed.key and agreed.key.fits(text)):
        return agreed.encryption
    weakest = project.PEERNET_CLASSIC_MIN_ENCRYPTION
    below = [n for n in STANDARDS[year] if n not in WITH_KEY and n >= weakest]
    return max(below, default=None)


def message_of(
    letter: ClassicLetter, person: ClassicPerson, standard: int, number: int, agreed: Agreement, year: Year
) -> dict[str, Any]:
    """Return the body that carries a letter."""
    text = letter.body.rstrip(" ") if standard in PADDED else letter.body
    own = settings.own_name()
    made = hashing.make_hash(number, year, text, own)
    fields = {"message": text, "stamp": letter.stamp, "markdown": "0", "hashing": str(number), "hash": made}
    sealed: dict[str, Any] = Sealer(standard, year, agreed.key).seal_fields({k: v for k, v in fields.items() if v})
    if not standard:
        # Clear, a stamp and options are numbers.
        sealed |= {"stamp": float(letter.stamp), "markdown": 0, "hashing": number}
    elif year is Year.Y2018:
        sealed |= {"markdown": 0, "hashing": number}
    return {"sender": own, "destination": person.user_name, "encryption": standard, **sealed}


def acknowledgement_of(letter: ClassicLetter, person: ClassicPerson, year: Year) -> dict[str, Any]:
    """Return the body that acknowledges a letter of theirs, as their year writes it."""
    if year is Year.Y2017:
        return {
            "sender": person.user_name,
            "stamp": letter.stamp,
            "hashing": letter.hashing,
            "hash": letter.hash,
        }
    own = settings.own_name()
    return {
        "sender": own,
        "destination": person.user_name,
        "stamp": letter.stamp,
        "hashing": letter.hashing,
        "hash": hashing.make_hash(letter.hashing, year, letter.body, own),
    }


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
