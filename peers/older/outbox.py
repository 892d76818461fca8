"""Classic messages on their way out: they wait here, are handed over, and end acknowledged or failed."""

import hashlib
import os
import time
from datetime import timedelta

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from peers import hooks
from peers.models import ClassicLetter, ClassicPerson
from peers.older import caution

WAITING, HANDED = ClassicLetter.State.WAITING, ClassicLetter.State.HANDED
DELIVERED, FAILED = ClassicLetter.State.DELIVERED, ClassicLetter.State.FAILED
Kind = ClassicLetter.Kind
LIFETIME = timedelta(days=7)
TOO_OLD = "Their program could not be reached for 7 days."
# Sent after the commit of something for a classic person, with `person`.
letter_waits = Signal()


def new_clock() -> int:
    """Return a reading of the kind that orders messages, by the wall clock."""
    return time.time_ns() // 1_000_000 << 16


def enqueue(person: ClassicPerson, payload_id: bytes, text: str, kind: str = Kind.WORDS) -> ClassicLetter:
    """Queue a letter for a classic person, in the caller's transaction; under the same id again after a failure."""
    # Two messages of one millisecond would have one stamp, and an acknowledgement goes by the stamp.
    stamp = repr(round(time.time(), 3) + int.from_bytes(os.urandom(1), "big") / 1e6)
    fields = {
        "person": person,
        "mine": True,
        "kind": kind,
        "body": text,
        "state": WAITING,
        "attempts": 0,
        "reason": "",
        "created_at": timezone.now(),
    }
    # The stamp stays what it was: by it their program knows what it has already.
    letter, _ = ClassicLetter.objects.update_or_create(
        payload_id=payload_id, defaults=fields, create_defaults={**fields, "stamp": stamp}
    )
    wake(person.pk)
    return letter


def enqueue_deletion(letter: ClassicLetter) -> None:
    """Queue the wish that a message goes away on both sides, in the caller's transaction."""
    payload_id = hashlib.sha256(b"peernet/1/classic-deletion\0" + bytes(letter.payload_id)).digest()[:16]
    fields = {"state": WAITING, "attempts": 0, "reason": "", "created_at": timezone.now()}
    ours = {"person": letter.person, "mine": True, "kind": Kind.DELETION, "stamp": letter.stamp}
    ClassicLetter.objects.update_or_create(
        payload_id=payload_id, defaults={**ours, **fields, "about": bytes(letter.payload_id)}
    )
    wake(letter.person_id)


def wake(person: int) -> None:
    """Have a courier look after this person once the transaction is committed."""
    transaction.on_commit(lambda: letter_waits.send(sender=None, person=person))


@transaction.atomic
def handed(letter: ClassicLetter, encryption: int, hashing: int) -> None:
    """Note that their node took a letter. It is delivered only once they acknowledge it."""
    _move(letter, (WAITING,), HANDED, caution.of_sent(encryption), encryption=encryption, hashing=hashing)


@transaction.atomic
def acknowledged(letter: ClassicLetter) -> None:
    """Note that they acknowledged a letter, be it before we noted that they took it."""
    _move(letter, (WAITING, HANDED), DELIVERED, "", body="")


@transaction.atomic
def fail(letter: ClassicLetter, reason: str) -> bool:
    """End a letter that waits, and tell whether it did."""
    return _move(letter, (WAITING,), FAILED, "", reason=reason, body="")


def _move(letter: ClassicLetter, before: tuple[str, ...], state: str, line: str, **fields: object) -> bool:
    mine = ClassicLetter.objects.filter(pk=letter.pk, state__in=before, mine=True)
    if letter.kind == Kind.ANSWER:
        # The member may have answered otherwise while this answer was on its way.
        mine = mine.filter(body=letter.body)
    if mine.update(state=state, **fields) != 1:
        return False
    letter.refresh_from_db()
    hooks.classic_letter_moved.send(sender=ClassicLetter, letter=letter, caution=line)
    return True


def give_up_the_old() -> int:
    """Fail what has waited for 7 days, forget what was handed over so long ago, and return how many failed."""
    old = ClassicLetter.objects.filter(created_at__lt=timezone.now() - LIFETIME)
    old.filter(state=HANDED).exclude(body="").update(body="")
    # Theirs: nobody waits for our acknowledgement any more.
    old.filter(mine=False, state=WAITING).update(state=DELIVERED, body="")
    return sum(fail(letter, TOO_OLD) for letter in old.filter(mine=True, state=WAITING))
