"""What two people have sent each other beside words: pictures and films, files, and links, by month, newest first."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from django.db.models import QuerySet
from django.utils import timezone

from messaging.files.kinds import SHOWN
from messaging.files.models import Attachment, Preview
from messaging.files.names import ending, shown
from messaging.files.sizes import size_text
from messaging.models import Message
from messaging.payloads import MAX_FILES
from messaging.weblinks import WebLink, find

State, Kind = Attachment.State, Attachment.Kind
PAGE = 60
# So many messages are looked through for links at a time.
LOOKED_AT = 500
SEEN = (Kind.IMAGE, Kind.VIDEO)
SHELVES = ("media", "files", "links")
EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a gallery, and the message that it came with."""

    message_pk: int
    mine: bool
    at: datetime
    id: str = ""
    name: str = ""
    ending: str = ""
    kind: str = ""
    size_text: str = ""
    has_preview: bool = False
    # Whether a browser can show the file itself.
    original: bool = False
    width: int = 0
    height: int = 0
    link: WebLink | None = None
    around: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """The things of one month."""

    first: date
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of one kind of things. `before` leads to the next page, 0 at the end."""

    months: list[Month] = field(default_factory=list)
    before: int = 0


def shelf(person: uuid.UUID, which: str, before: int | None) -> Shelf:
    """Return a page of a gallery: what came before the message with this pk, or the newest."""
    if which == "links":
        return _links(person, before)
    kinds = Attachment.objects.filter(kind__in=SEEN) if which == "media" else Attachment.objects.exclude(kind__in=SEEN)
    return _files(kinds.filter(person=person, state=State.READY, blob__isnull=False), before)


def _files(rows: QuerySet[Attachment], before: int | None) -> Shelf:
    rows = rows.filter(message__isnull=False)
    if before:
        rows = rows.filter(message__lt=before)
    found = list(rows.select_related("message").order_by("-message", "place")[: PAGE + MAX_FILES + 1])
    page, rest = _cut([row.message_id for row in found])
    sizes = Preview.objects.filter(pk__in=[row.pk for row in found[:page]]).values_list("pk", "width", "height")
    previews = {pk: (width, height) for pk, width, height in sizes}
    items = [_item(row, previews.get(row.pk)) for row in found[:page]]
    return Shelf(_by_month(items), items[-1].message_pk if rest else 0)


def _cut(pks: list[int]) -> tuple[int, bool]:
    """Return how many make a page, with no message's files on two of them, and whether any are left."""
    if len(pks) <= PAGE:
        return len(pks), False
    end = next((place for place in range(PAGE, len(pks)) if pks[place] != pks[place - 1]), len(pks))
    return end, end < len(pks)


def _item(row: Attachment, size: tuple[int, int] | None) -> Item:
    return Item(
        message_pk=row.message_id,
        mine=row.mine,
        at=row.message.created_at,
        id=str(row.pk),
        name=shown(row.name),
        ending=ending(row.name),
        kind=row.kind,
        size_text=size_text(row.size),
        has_preview=size is not None,
        original=row.sniffed in SHOWN,
        width=size[0] if size else 0,
        height=size[1] if size else 0,
    )


def _links(person: uuid.UUID, before: int | None) -> Shelf:
    rows = Message.objects.filter(conversation__direct_with=person, text__contains="://").order_by("-pk")
    if before:
        rows = rows.filter(pk__lt=before)
    items: list[Item] = []
    last = 0
    for message in rows.only("pk", "text", "mine", "created_at")[:LOOKED_AT]:
        items += _links_of(message)
        last = message.pk
        if len(items) >= PAGE:
            break
    return Shelf(_by_month(items), last if last and rows.filter(pk__lt=last).exists() else 0)


def _links_of(message: Message) -> Iterator[Item]:
    for link in find(message.text):
        around = message.text.strip()[:EXCERPT]
        yield Item(message.pk, message.mine, message.created_at, link=link, around="" if around == link.url else around)


def _by_month(items: Iterable[Item]) -> list[Month]:
    def month(item: Item) -> date:
        return timezone.localdate(item.at).replace(day=1)

    return [Month(first, list(found)) for first, found in groupby(items, month)]
