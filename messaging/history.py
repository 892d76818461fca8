"""Reading conversations: a page costs the same in a short one and in a long one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import OuterRef, Subquery
from django.utils.safestring import SafeString

from messaging import deletions, invitations, notices
from messaging.files.cards import Card, cards_of
from messaging.formatting import formatted
from messaging.models import Conversation, Message, Notice
from messaging.rows import Bubble, here
from peers.prepared import Select

PAGE = 50
# A page opens at what is unread, if it is no more than this.
MOST_OPENED = 100
# A page that missed more is better loaded anew.
MOST_MISSED = 200
MOST_NOTICES = 100
TOGETHER = timedelta(minutes=5)

# Beyond every key that a database can hold.
END = 2**63 - 1
# A redrawing of more than these goes the long way.
NEAR = 200

Item = Message | Notice

_after = Select(
    lambda conversation, pk: Message.objects.filter(conversation=conversation, pk__gt=pk).order_by("pk")[
        : MOST_MISSED + 1
    ],
    Message.conversation,
    Message.id,
)
_between = Select(
    lambda conversation, first, last: Message.objects.filter(
        conversation=conversation, pk__gte=first, pk__lte=last
    ).order_by("pk"),
    Message.conversation,
    Message.id,
    Message.id,
)
_before = Select(
    lambda conversation, pk: Message.objects.filter(conversation=conversation, pk__lt=pk).order_by("-pk")[:1],
    Message.conversation,
    Message.id,
)
_last_notices = Select(
    lambda conversation, first, end: Notice.objects.filter(
        conversation=conversation, after__gte=first, after__lt=end
    ).order_by("-after", "-pk")[:MOST_NOTICES],
    Notice.conversation,
    Notice.after,
    Notice.after,
)
_notices_between = Select(
    lambda conversation, first, last: Notice.objects.filter(
        conversation=conversation, after__gte=first, after__lt=last
    ).order_by("pk"),
    Notice.conversation,
    Notice.after,
    Notice.after,
)


@lru_cache(maxsize=MOST_OPENED)
def _ending(count: int) -> Select[Message]:
    """Return the statement for so many messages before a given one, the newest first."""
    return Select(
        lambda conversation, end: Message.objects.filter(conversation=conversation, pk__lt=end).order_by("-pk")[:count],
        Message.conversation,
        Message.id,
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A run of bubbles, oldest first."""

    bubbles: Sequence[Bubble] = ()
    has_older: bool = False
    oldest: int = 0


@dataclass(frozen=True, slots=True)
class Tail:
    """Where a live page stands: the last message and the last notice that it was sent."""

    after: int = 0
    noticed: int = 0
    last: Item | None = None


def latest(conversation: Conversation | None, name: str) -> Page:
    """Return the newest page of a conversation, with the mark before what is unread."""
    return _page(conversation, name, None, is_opening=True)


def older(conversation: Conversation | None, name: str, before: int) -> Page:
    """Return the page before the message with this pk."""
    return _page(conversation, name, before, is_opening=False)


def _page(conversation: Conversation | None, name: str, before: int | None, is_opening: bool) -> Page:
    if conversation is None:
        return Page()
    end = END if before is None else before
    size = max(PAGE, min(conversation.unread, MOST_OPENED)) if is_opening else PAGE
    rows = _ending(size + 1).all(conversation.pk, end)[::-1]
    has_older = len(rows) > size
    # The one beyond the page is not drawn; it tells how the first one of the page stands to it.
    found = _last_notices.all(conversation.pk, rows[0].pk if has_older else 0, end)
    items = _in_place([*rows, *found])
    start = items.index(rows[1]) if has_older else 0
    previous = items[start - 1] if start else None
    first = _first_unread(conversation, rows, has_older) if is_opening else None
    bubbles = draw(items[start:], previous, name, first)
    return Page(bubbles, has_older, rows[1].pk if has_older else (rows[0].pk if rows else 0))


def _first_unread(conversation: Conversation, rows: Sequence[Message], has_older: bool) -> int | None:
    if not conversation.unread or (has_older and rows[0].pk > conversation.read_to):
        return None
    return next((row.pk for row in rows if not row.mine and row.pk > conversation.read_to), None)


def newer(conversation: Conversation, name: str, tail: Tail, with_notices: bool) -> tuple[list[Bubble], Tail] | None:
    """Return what came after a page's tail, and its new tail; None when that is too much to send one by one."""
    rows = _after.all(conversation.pk, tail.after)
    if len(rows) > MOST_MISSED:
        return None
    found = list(_unseen_notices(conversation, tail)) if with_notices else []
    items = _in_place([*rows, *found])
    if not items:
        return [], tail
    bubbles = draw(items, tail.last or _last_before(conversation, tail.after), name)
    after = max([tail.after, *(row.pk for row in rows)])
    noticed = max([tail.noticed, *(notice.pk for notice in found)])
    return bubbles, Tail(after, noticed, items[-1])


def _unseen_notices(conversation: Conversation, tail: Tail) -> Iterable[Notice]:
    # A page that was just opened does not say which notices it shows: those at its end are sent once more.
    fresh = Notice.objects.filter(conversation=conversation, pk__gt=tail.noticed)
    if not tail.noticed:
        fresh = fresh.filter(after__gte=tail.after)
    return fresh.order_by("-pk")[:MOST_NOTICES]


def _last_before(conversation: Conversation, pk: int) -> Message | None:
    # The page's mark may lie beyond every key that a database can hold.
    return _before.first(conversation.pk, min(pk, END - 1) + 1)


def again(conversation: Conversation, name: str, pks: Iterable[int]) -> list[Bubble]:
    """Return the bubbles of these messages as they are now, drawn in their place."""
    wanted = set(pks)
    if wanted and max(wanted) - min(wanted) < NEAR:
        return _again_near(conversation, name, wanted)
    return _again_anywhere(conversation, name, wanted)


def _again_near(conversation: Conversation, name: str, pks: set[int]) -> list[Bubble]:
    first, last = min(pks), max(pks)
    previous = _before.first(conversation.pk, first)
    rows = _between.all(conversation.pk, first, last)
    notices_there = _notices_between.all(conversation.pk, previous.pk if previous else first, last)
    items = _in_place([*([previous] if previous else []), *rows, *notices_there])
    bubbles = draw(items, None, name)
    return [bubble for item, bubble in zip(items, bubbles, strict=True) if isinstance(item, Message) and item.pk in pks]


def _again_anywhere(conversation: Conversation, name: str, pks: Iterable[int]) -> list[Bubble]:
    earlier = Message.objects.filter(conversation=conversation, pk__lt=OuterRef("pk")).order_by("-pk")
    those = Message.objects.filter(conversation=conversation, pk__in=list(pks)).order_by("pk")
    rows = list(those.annotate(previous=Subquery(earlier.values("pk")[:1])))
    before: dict[int, Item] = dict(Message.objects.in_bulk({row.previous for row in rows if row.previous}))
    for notice in Notice.objects.filter(conversation=conversation, after__in=list(before)).order_by("pk"):
        before[notice.after] = notice
    return [draw([row], before.get(row.previous), name)[0] for row in rows]


def my_latest(conversation: Conversation, up_to: int) -> list[int]:
    """Return the pks of the member's own messages on the newest page up to a message."""
    newest = Message.objects.filter(conversation=conversation, pk__lte=up_to).order_by("-pk")[:PAGE]
    return [pk for pk, mine in newest.values_list("pk", "mine") if mine]


def _in_place(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item.pk, 0, 0) if isinstance(item, Message) else (item.after, 1, item.pk))


def draw(items: Sequence[Item], previous: Item | None, name: str, first_unread: int | None = None) -> list[Bubble]:
    """Return the bubbles of items that follow on `previous`."""
    messages = [item for item in items if isinstance(item, Message)]
    cards, invited = cards_of(messages), invitations.shown_of(messages)
    bubbles = []
    for item in items:
        bubbles.append(_bubble(item, previous, name, first_unread, cards, invited))
        previous = item
    return bubbles


def _bubble(
    item: Item,
    previous: Item | None,
    name: str,
    first_unread: int | None,
    cards: dict[int, list[Card]],
    invited: dict[int, invitations.Shown],
) -> Bubble:
    day = _day(item)
    starts_day = previous is None or _day(previous) != day
    if isinstance(item, Notice):
        return Bubble(
            kind="notice",
            # As long as a message's, and never one: those are of version 7.
            id=f"{item.pk:032x}",
            pk=item.after,
            key="",
            mine=False,
            text=notices.sentence(item, name),
            sent_at=item.at,
            state="",
            reason=item.code,
            day=day,
            starts_day=starts_day,
            follows=False,
            first_unread=False,
        )
    return Bubble(
        kind="message",
        id=item.hex,
        pk=item.pk,
        key=item.mark,
        mine=item.mine,
        text=item.text,
        sent_at=item.sent_at,
        state=item.state,
        reason=item.reason,
        day=day,
        starts_day=starts_day,
        follows=not starts_day and item.pk != first_unread and _follows(item, previous),
        first_unread=item.pk == first_unread,
        caution=item.caution,
        files=cards.get(item.pk, ()),
        html=formatted(item.text) if item.is_markdown and item.pk not in invited else SafeString(""),
        invitation=invited.get(item.pk),
        deletion=item.deletion,
        is_undeleted=bool(item.deletion) and item.deletion != deletions.ON_THE_WAY,
    )


def _follows(item: Message, previous: Item | None) -> bool:
    by_same = isinstance(previous, Message) and previous.mine == item.mine
    return by_same and item.created_at - _at(previous) <= TOGETHER


def _at(item: Item) -> datetime:
    return item.created_at if isinstance(item, Message) else item.at


def _day(item: Item) -> date:
    return here(_at(item)).date()
