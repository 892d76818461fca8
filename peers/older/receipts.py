"""What older nodes say of messages that both sides have: that they arrived, and that they should go away."""

from django.db import transaction
from django.db.models import Q, QuerySet

from peers import hooks
from peers.classic import hashing
from peers.classic.codes import ClassicError, Code
from peers.classic.encryption import WITH_KEY
from peers.classic.fields import Body
from peers.models import ClassicLetter
from peers.older import limits, outbox, people, settings
from peers.older.reception import opener_of
from peers.older.writer import Store

# Each costs the check of a hash.
MOST_OF_ONE_STAMP = 8
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
    limits.count(limits.MESSAGES, "messages", sender[:200], source)
    ours = ClassicLetter.objects.select_related("person").filter(UNACKNOWLEDGED, mine=True, stamp=stamp)
    if destination:
        # 2018: the sender is who acknowledges, and the hash is salted with them.
        ours, salt = ours.filter(person__user_name=sender), sender
    else:
        # 2017: the sender is the author of what is acknowledged, and the hash is its own.
        ours, salt = ours.filter(hashing=number), settings.own_name()
    if not settings.is_own_name(destination or sender):
        raise ClassicError(Code.DATABASE_ERROR)
    letter = _hashed(ours.order_by("pk"), number, salt, given)
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
    limits.count(limits.MESSAGES, "messages", sender[:200], source)
    opener = opener_of(body)
    stamp, given = body.stamp(opener), body.sealed("hash", opener)
    if not settings.is_own_name(destination):
        raise ClassicError(Code.DATABASE_ERROR)
    letters = ClassicLetter.objects.filter(stamp=stamp, person__user_name=sender, person__blocked=False)
    letter = _hashed(letters.order_by("pk"), number, sender, given)
    return lambda: _delete(letter)


def _hashed(letters: QuerySet[ClassicLetter], number: int, salt: str, given: str) -> ClassicLetter:
    """Return the letter whose words make a hash: many nodes stamp by the second, and write twice in one.

    Raises `ClassicError`: 4 if none of them is here, 7 if none makes it.
    """
    shelf, refusal = hooks.classic_shelf(), ClassicError(Code.DATABASE_ERROR)
    for letter in letters[:MOST_OF_ONE_STAMP]:
        text = letter.body or shelf.text_of(bytes(letter.payload_id))
        if text is None:
            continue
        try:
            if number == 0:
                raise ClassicError(Code.HASH_MISMATCH)
            hashing.check_hash(number, settings.year(), text, salt, given)
        except ClassicError as err:
            refusal = err
        else:
            return letter
    raise refusal


@transaction.atomic
def _delete(letter: ClassicLetter) -> None:
    # The row stays, so that the same message does not come again.
    ClassicLetter.objects.filter(pk=letter.pk).update(state=ClassicLetter.State.DELIVERED, body="", hash="")
    hooks.classic_shelf().remove(bytes(letter.payload_id))
