"""What older nodes are told of the member, and what they tell of theirs: profiles and status, proven by nobody."""

import unicodedata

from django.db import transaction
from django.utils import timezone

from peers import events, hooks
from peers.models import KnownPerson
from peers.protocol.profile import BREAKS, MAX_DESCRIPTION, MAX_LINE, is_hidden
from profiles.errors import BadPicture
from profiles.models import Profile, Status
from profiles.own import mark_of, own_profile
from profiles.payloads import State
from profiles.status import shown_of_own

# As the classic protocol spells them.
STATUSES = {
    State.ONLINE.value: "Online",
    State.IDLE.value: "Idle",
    State.AWAY.value: "Away",
    State.BUSY.value: "Do Not Disturb",
}

SAID = {words.casefold(): state for state, words in STATUSES.items()} | {"offline": State.HIDDEN.value}


@hooks.tells_classic_profile
def tell() -> hooks.ClassicProfile:
    """Return what the member shows everybody."""
    own = own_profile()
    return hooks.ClassicProfile(
        full_name=own.full_name,
        position=own.position,
        description=own.description,
        location=own.location,
        updated_at=own.updated_at,
        status=STATUSES.get(shown_of_own().state, "Offline"),
        picture=bytes(own.picture),
        picture_mark=own.picture_mark,
    )


@hooks.takes_classic_told
@transaction.atomic
def take(person: KnownPerson, told: hooks.ClassicTold) -> None:
    """Keep what an older node tells of its person, made showable. Their name here stays that of their account."""
    held, _ = Profile.objects.select_for_update().get_or_create(person=person)
    held.full_name, held.position, held.location = map(_line, (told.full_name, told.position, told.location))
    held.description = _text(told.description)
    held.updated_at, held.received_at = told.updated_at, timezone.now()
    if told.picture is not None:
        held.picture = _picture(told.picture)
        held.picture_mark = mark_of(held.picture)
    held.save()
    _take_status(person, told.status)
    events.publish("people")


def _take_status(person: KnownPerson, said: str) -> None:
    state = SAID.get(" ".join(said.split()).casefold())
    if state is None:
        Status.objects.filter(person=person).delete()
    else:
        Status.objects.update_or_create(person=person, defaults={"state": state, "text": "", "until": None})


def _line(text: str) -> str:
    shown = "".join(" " if each.isspace() else each for each in unicodedata.normalize("NFC", text))
    return " ".join("".join(each for each in shown if not is_hidden(each)).split())[:MAX_LINE].strip()


def _text(text: str) -> str:
    unbroken = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in unbroken if each in BREAKS or not is_hidden(each))[:MAX_DESCRIPTION]


def _picture(data: bytes) -> bytes:
    if not data:
        return b""
    # Here: a node at rest has no decoder in memory.
    from profiles.pictures import classic_picture

    try:
        return classic_picture(data)
    except BadPicture:
        return b""
