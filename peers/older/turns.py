"""The calls to one person's node, and what each answer means."""

import contextlib
import json
import random
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings as project
from django.db import transaction
from django.utils import timezone

from peers import hooks
from peers.classic.codes import Code, is_success, read_code
from peers.classic.encryption import WITH_KEY
from peers.classic.year import Year
from peers.models import ClassicLetter, ClassicPerson
from peers.older import agreement, bodies, outbox, people, relay, settings
from peers.older.agreement import Agreement, TooWeak
from peers.older.client import MISSPELT, Client

FIRST_PAUSE, LONGEST_PAUSE, PATIENT_PAUSE, BUSY_PAUSE = 1.0, 30.0, 300.0, 60.0
PATIENT_AFTER = timedelta(hours=1)
# A standard that is refused again and again will not be taken later.
MOST_REFUSALS = 5
MOST_ACKNOWLEDGEMENTS = 10
# A file of 5 MiB on a slow way.
FILE_SECONDS = 60.0
TOO_WEAK = "Their program offers no encryption as strong as your settings ask for, so nothing was sent."
TOO_LONG = "This message is too long for the encryption that their program has. Send it in parts."
FILE_TOO_LONG = "Your settings forbid every encryption of their program that can carry a file, so it was not sent."
NO_DELETION = "Their program does not delete messages for others, so this one is still there."
GONE = "The file is no longer on this computer. Choose it again, and send it."
NO_FILES = "Their program takes no files. Send it by another way."
NO_EVENTS = "Their program takes no invitations. Write the event in a message instead."
EVENT = "/receiveEvent"
WORDS = {
    Code.MISSING_FIELD: "Their program did not understand this message.",
    Code.UNAUTHENTICATED: "Their program does not know you.",
    Code.TOO_LARGE: "Their program says that this is too large.",
    Code.HASH_MISMATCH: "Their program says that this was damaged on the way.",
    Code.ENCODING: "Their program cannot read this message.",
    Code.ENCRYPTION: "Their program could not decrypt this message.",
    Code.HASHING: "Their program could not check this message.",
}
# What may pass by itself.
PASSING = (Code.UNAVAILABLE, Code.DATABASE_ERROR, Code.TIMEOUT, Code.REFUSED, Code.INTERNAL)


def pause_of(letter: ClassicLetter) -> float:
    """Return seconds, with jitter."""
    if timezone.now() - letter.created_at > PATIENT_AFTER:
        return PATIENT_PAUSE
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(letter.attempts, 6)) * random.uniform(0.5, 1.0)  # noqa: S311


class Turn:
    """What one letter needs of a node. Every method raises `TransportError` when it cannot be reached."""

    def __init__(self, person: ClassicPerson, client: Client) -> None:
        self.person, self.client = person, client

    def take(self, letter: ClassicLetter) -> float | None:
        """Do what a letter waits for. Returns a pause when it must be tried again."""
        return self.send(letter) if letter.mine else self.acknowledge(letter)

    def send(self, letter: ClassicLetter) -> float | None:
        """Hand one letter over. Returns a pause when it must be tried again. Raises `TooWeak`."""
        if letter.kind == ClassicLetter.Kind.ANSWER:
            return self._answer(letter)
        if letter.kind == ClassicLetter.Kind.DELETION:
            return self._delete(letter)
        is_file = letter.kind == ClassicLetter.Kind.FILE
        try:
            content, agreed = bodies.content_of(letter), agreement.agree(self.person, self.client)
            standard = bodies.fitting(agreed, content)
        except bodies.Gone:
            return _failed(letter, GONE)
        except bodies.TooLong:
            return _failed(letter, FILE_TOO_LONG if is_file else TOO_LONG)
        path = self._path(letter)
        if path is None:
            return _failed(letter, NO_EVENTS if letter.kind == ClassicLetter.Kind.EVENT else NO_FILES)
        if path == EVENT:
            body = bodies.invitation_of(self.person, content, standard, agreed)
            return self._judge(letter, _code(self.client.post(path, body)), standard, 0)
        return self._send(letter, path, content, standard, agreed)

    def _path(self, letter: ClassicLetter) -> str | None:
        """Return the call as their node spells it; None for a file or an invitation that it does not take."""
        calls = self.person.calls.split()
        if letter.kind == ClassicLetter.Kind.EVENT:
            return EVENT if people.takes_events(self.person) else None
        path = relay.CALLS[ClassicLetter.Kind(letter.kind)]
        misspelt = MISSPELT[path]
        if misspelt[1:].lower() in calls and path[1:].lower() not in calls:
            return misspelt
        if letter.kind == ClassicLetter.Kind.FILE and calls and path[1:].lower() not in calls:
            return None
        return path

    def _send(
        self, letter: ClassicLetter, path: str, content: Mapping[str, str], standard: int, agreed: Agreement
    ) -> float | None:
        number = agreed.hashing if standard or settings.year() is Year.Y2017 else 0
        code = self._post(path, letter, content, standard, number, agreed)
        if code is Code.HASH_MISMATCH and number:
            # A 2017 node hashes what it made of the text, not the text.
            number = 0
            code = self._post(path, letter, content, standard, number, agreed)
        return self._judge(letter, code, standard, number)

    def _post(
        self,
        path: str,
        letter: ClassicLetter,
        content: Mapping[str, str],
        standard: int,
        number: int,
        agreed: Agreement,
    ) -> Code:
        body = bodies.body_of(letter, self.person, content, standard, number, agreed)
        return _code(self.client.post(path, body, FILE_SECONDS))

    def _judge(self, letter: ClassicLetter, code: Code, standard: int, number: int) -> float | None:
        if code is Code.SUCCESS:
            outbox.handed(letter, standard, number)
            return None
        if code in (Code.ENCRYPTION, Code.HASHING) and letter.attempts < MOST_REFUSALS:
            agreement.forget(self.person)
            return pause_of(letter)
        if code in PASSING:
            return BUSY_PAUSE if code is Code.REFUSED else max(5.0, pause_of(letter))
        return _failed(letter, WORDS[code])

    def _answer(self, letter: ClassicLetter) -> float | None:
        """Answer an invitation. No node encrypts an answer."""
        if project.PEERNET_CLASSIC_MIN_ENCRYPTION:
            raise TooWeak
        said = {"sender": settings.own_name(), **json.loads(letter.body)}
        code = _code(self.client.post("/acknowledgeEvent", said))
        return self._judge(letter, code, 0, 0)

    def _delete(self, letter: ClassicLetter) -> float | None:
        """Ask their node to delete a message, and delete it here once they have, or never had it."""
        about, shelf = bytes(letter.about), hooks.classic_shelf()
        text = shelf.text_of(about)
        agreed = agreement.agree(self.person, self.client)
        if "acknowledgedelete" not in self._calls() or agreed.encryption not in WITH_KEY:
            return _failed(letter, NO_DELETION)
        if text is not None:
            body = bodies.deletion_of(letter, self.person, text, agreed)
            code = _code(self.client.post("/acknowledgeDelete", body))
            if code not in (Code.SUCCESS, Code.DATABASE_ERROR):
                return self._judge(letter, code, agreed.encryption, 0)
        with transaction.atomic():
            outbox.handed(letter, agreed.encryption, 0)
            ClassicLetter.objects.filter(payload_id=about).update(state=outbox.DELIVERED, body="", hash="")
            shelf.remove(about)
        return None

    def acknowledge(self, letter: ClassicLetter) -> float | None:
        """Tell the author of a letter that it arrived as it was hashed."""
        code = Code.SUCCESS  # nobody there who would hear it
        if "acknowledge" in self._calls():
            code = _code(self.client.post("/acknowledge", bodies.acknowledgement_of(letter, self.person)))
        if code in PASSING and letter.attempts < MOST_ACKNOWLEDGEMENTS:
            return pause_of(letter)
        ClassicLetter.objects.filter(pk=letter.pk).update(state=outbox.DELIVERED, body="")
        return None

    def _calls(self) -> list[str]:
        # An acknowledgement holds no words, so no encryption is too weak for it.
        with contextlib.suppress(TooWeak):
            agreement.agree(self.person, self.client)
        return self.person.calls.split()


def _code(answer: str) -> Code:
    return Code.SUCCESS if is_success(answer) else read_code(answer)


def _failed(letter: ClassicLetter, reason: str) -> None:
    outbox.fail(letter, reason)
