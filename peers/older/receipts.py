"""What older nodes say of messages that both sides have: that they arrived, and that they should go away."""

from django.db import transaction
from django.db.models import Q

from peers import hooks
from peers.classic import hashing
from peers.classic.codes import ClassicError, Code
from peers.classic.encryption import WITH_KEY
from peers.classic.fields import Body
from peers.models import ClassicLetter
from peers.older import limits, outbox, people, settings
from peers.older.reception import opener_of
from peers.older.writer import Store

# Of ours: words are kept until they are acknowledged, and a file stays where it is.
UNACKNOWLEDGED = ~Q(body="") | Q(kind=ClassicLetter.Kind.FILE, state__in=(outbox.WAITING, outbox.HANDED))


def read_acknowledgement(data: bytes, source: str, patient: bool = True) -> Store:
    """Return what notes that a message of ours arrived as we wrote it. Raises `ClassicError`: 4 for an unknown one."""
    body = Body(data)
    sender, stamp, destination = body.text("sender"), body.literal("stamp"), body.optional("destination")
    number, given = body.option("hashing"), body.text("hash")
    if not stamp or number is None:
        raise ClassicError(Code.MISSING_FIELD)
    people.check_not_blocked(sender)
    limits.count(limits.MESSAGES, "messages", sender[:200])
    ours = ClassicLetter.objects.select_related("person").filter(UNACKNOWLEDGED, mine=True, stamp=stamp)
    if destination:
        # 2018: the sender is who acknowledges, and the hash is salted with them.
        letter, salt = ours.filter(person__user_name=sender).first(), sender
    else:
        # 2017: the sender is the author of what is acknowledged, and the hash is its own.
        letter, salt = ours.filter(hashing=number).first(), settings.own_name()
    if letter is None or not settings.is_own_name(destination or sender):
        raise ClassicError(Code.DATABASE_ERROR)
    if number == 0:
        raise ClassicError(Code.HASH_MISMATCH)
    text = letter.body or hooks.classic_shelf().text_of(bytes(letter.payload_id)) or ""
    hashing.check_hash(number, settings.year(), text, salt, given)
    return lambda: outbox.acknowledged(letter)


def read_deletion(data: bytes, source: str, patient: bool = True) -> Store:
    """Return what deletes a message between its sender and us, for either. Raises `ClassicError`: 4 if unknown.

    Only whoever knows the words can make the hash, which is all the proof that the protocol has.
    """
    body = Body(data)
    sender, destination = body.text("sender"), body.text("destination")
    standard, number = body.option("encryption"), body.option("hashing")
    if standard is None or number is None:
        raise ClassicError(Code.MISSING_FIELD)
    if standard not in WITH_KEY:
        raise ClassicError(Code.ENCRYPTION)
    people.check_not_blocked(sender)
    limits.count(limits.MESSAGES, "messages", sender[:200])
    opener = opener_of(body)
    stamp, given = body.stamp(opener), body.sealed("hash", opener)
    letters = ClassicLetter.objects.filter(stamp=stamp, person__user_name=sender, person__blocked=False)
    letter, shelf = letters.order_by("pk").first(), hooks.classic_shelf()
    text = shelf.text_of(bytes(letter.payload_id)) if letter else None
    if letter is None or text is None or not settings.is_own_name(destination):
        raise ClassicError(Code.DATABASE_ERROR)
    if number == 0:
        raise ClassicError(Code.HASH_MISMATCH)
    hashing.check_hash(number, settings.year(), text, sender, given)
    return lambda: _delete(letter)


@transaction.atomic
def _delete(letter: ClassicLetter) -> None:
    # The row stays, so that the same message does not come again.
    ClassicLetter.objects.filter(pk=letter.pk).update(state=ClassicLetter.State.DELIVERED, body="", hash="")
    hooks.classic_shelf().remove(bytes(letter.payload_id))
