"""The people of this network, as the list beside the conversation shows them."""

import uuid
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Left

from messaging.recipients import Recipient, recipient
from messaging.rows import ConversationView, PersonRow
from peers.models import KnownPerson
from peers.older.people import takes_events
from peers.prepared import Select, Values
from peers.reachability import Reach
from profiles.cards import Card, card_of, picture_of
from profiles.comparing import invited_by, talk_with
from profiles.status import own_status, shown, shown_of_own, wants_silence
from profiles.trust import trust_in

# A line of the list, with some to spare.
SHOWN = 160

_listed = Values(
    lambda: KnownPerson.objects.filter(Q(is_active=True) | Q(conversation__last_at__isnull=False)).values(
        "pk",
        "user_name",
        "display_name",
        "full_name",
        "is_active",
        "online",
        "last_seen",
        position=F("profile__position"),
        picture=F("profile__picture_mark"),
        compared=F("verification"),
        said=F("status__state"),
        saying=F("status__text"),
        saying_until=F("status__until"),
        mine=F("conversation__last_message__mine"),
        state=F("conversation__last_message__state"),
        last_at=F("conversation__last_at"),
        unread=F("conversation__unread"),
        text=Left("conversation__last_message__text", SHOWN),
        draft=Left("conversation__draft", SHOWN),
        files=F("conversation__last_message__files"),
        stopped=Q(changed_statements__isnull=False),
        is_classic=Q(classic__isnull=False),
    )
)

_person = Select(lambda pk: KnownPerson.objects.defer("statements", "refused").filter(pk=pk), KnownPerson.id)


def known_person(person: uuid.UUID) -> KnownPerson | None:
    """Return somebody whom this node knows, without what only the judge of keys needs."""
    return _person.first(person)


def people() -> dict[str, list[PersonRow]]:
    """Return everybody, those online first, then by the last words, then by name."""
    rows = sorted((_row(values) for values in _listed.all()), key=_place)
    return {"online": [row for row in rows if row.online], "offline": [row for row in rows if not row.online]}


def _row(values: dict[str, Any]) -> PersonRow:
    # Whoever left while they were there is said to be there for ever.
    is_here = values["online"] and values["is_active"]
    status = shown(is_here, values["said"], values["saying"], values["saying_until"])
    return PersonRow(
        uuid=values["pk"],
        name=values["full_name"] or values["display_name"] or values["user_name"],
        picture=picture_of(values["pk"], values["picture"]),
        position=values["position"] or "",
        is_compared=values["compared"] is not None and not values["stopped"],
        status=status,
        online=status.is_here,
        last_seen=values["last_seen"] if status.tells_when else None,
        last_text=_last_words(values["text"] or "", values["files"] or 0),
        last_mine=bool(values["mine"]),
        last_state=values["state"] if values["mine"] else "",
        last_at=values["last_at"],
        unread=values["unread"] or 0,
        stopped=bool(values["stopped"]),
        draft=" ".join((values["draft"] or "").split()),
        classic=bool(values["is_classic"]),
        invites=invited_by(values["pk"]),
    )


def _last_words(text: str, files: int) -> str:
    words = " ".join(text.split())
    if words or not files:
        return words
    return "A file" if files == 1 else f"{files} files"


def _place(row: PersonRow) -> tuple[bool, float, str]:
    return not row.online, -row.last_at.timestamp() if row.last_at else 0.0, row.name.casefold()


def beside(listed: dict[str, list[PersonRow]], selected: uuid.UUID | None, unread: int) -> dict[str, object]:
    """Return what the list beside a conversation is drawn with."""
    own = own_status()
    how = {"silent": wants_silence(own), "own_state": shown_of_own(own).state}
    return {"people": listed, "selected": selected, "unread_total": unread, **how}


def unread_total(listed: dict[str, list[PersonRow]]) -> int:
    """Return how many messages of all these people are unread."""
    return sum(row.unread for rows in listed.values() for row in rows)


def view_of(person: KnownPerson, card: Card, found: Reach) -> ConversationView:
    """Return the head of the conversation with a person, who is reached as was found."""
    to = recipient(person.pk)
    is_known, obstacle = person.online and person.is_active and found is not Reach.UNKNOWN, to.obstacle
    return ConversationView(
        uuid=person.pk,
        name=person.name,
        picture=card.picture,
        position=card.position,
        is_compared=card.compared_at is not None,
        status=card.status,
        online=card.online,
        last_seen=card.last_seen,
        stopped=person.key_changed,
        can_send=not obstacle,
        peer_sentence=obstacle or _waits(to),
        classic=to.classic is not None,
        blocked=to.classic is not None and to.classic.blocked,
        takes_events=to.classic is not None and not obstacle and takes_events(to.classic),
        route=found.value if is_known else "",
        route_sentence=found.sentence if is_known else "",
    )


def head_of(person: KnownPerson, found: Reach = Reach.UNKNOWN) -> dict[str, object]:
    """Return what is drawn around a conversation; with both lists of keys while the member must decide."""
    card = card_of(person)
    trust = trust_in(person) if person.key_changed else None
    talk = talk_with(person.pk)
    comparing = talk if talk and not talk.step.is_over else None
    return {"conversation": view_of(person, card, found), "card": card, "trust": trust, "comparing": comparing}


def _waits(to: Recipient) -> str:
    if to.person is None or to.person.online:
        return ""
    return f"{to.person.name} is offline. What you write waits on this computer and is delivered when they are back."
