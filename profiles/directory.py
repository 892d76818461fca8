"""Everybody of this network, as the directory page lists them."""

import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.db.models import Exists, OuterRef
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from peers.member.membership import member
from peers.models import KnownPerson, Newcomer, PeerDevice
from profiles.cards import address_of, picture_of
from profiles.faces import hue, initials
from profiles.status import Shown, shown

# Rows and names of a large network; each is some hundred bytes.
MOST_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the directory."""

    uuid: uuid.UUID
    name: str
    user_name: str
    position: str
    location: str
    picture: str
    online: bool
    last_seen: datetime | None
    has_left: bool
    # Certified once, but on no computer that we could write to.
    is_new: bool
    is_compared: bool
    status: Shown
    # Expected, but without any computer: there is no page yet, and nobody to write to.
    is_invited: bool = False
    # Of the classic network, where nobody has a computer that we know.
    is_classic: bool = False

    @property
    def state(self) -> str:
        return self.status.state

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def hue(self) -> int:
        return hue(self.uuid)

    @property
    def page(self) -> str:
        return address_of("profiles:person", self.uuid)

    @property
    def talk(self) -> str:
        return address_of("messaging:conversation", self.uuid)

    @property
    def sought(self) -> str:
        """What a search looks through."""
        return plain(" ".join((self.name, self.user_name, self.position, self.location)))


@lru_cache(maxsize=MOST_KEPT)
def drawn(row: Row) -> SafeString:
    """Return a row as the page shows it. Most of a thousand rows are as they were when the page was drawn last."""
    lines = _entry().render({"row": row}).splitlines()
    return mark_safe("".join(line.strip() for line in lines))  # noqa: S308  (drawn by a template)


@cache
def _entry() -> Any:
    return get_template("profiles/entry.html")


def state_of(rows: Sequence[Row]) -> str:
    """Return what tells these rows from others, as long as this process lives."""
    return f"{hash(tuple(rows)) & (1 << 64) - 1:016x}"


@lru_cache(maxsize=MOST_KEPT)
def plain(text: str) -> str:
    """Return a text without marks and case, so that whoever types "maric" finds Marić."""
    bare = "".join(
        each for each in unicodedata.normalize("NFKD", text) if not unicodedata.category(each).startswith("M")
    )
    return bare.casefold()


def directory(wanted: str = "") -> list[Row]:
    """Return everybody whom all the words of a search fit: those online first, then by name, those who left last."""
    device = PeerDevice.objects.filter(person=OuterRef("pk"))
    found = KnownPerson.objects.annotate(
        has_device=Exists(device), can_be_written_to=Exists(device.filter(pinned=True))
    ).values(
        "pk", "user_name", "display_name", "full_name", "online", "last_seen", "is_active", "has_device",
        "can_be_written_to", "changed_statements", "profile__position", "profile__location",
        "profile__picture_mark", "verification", "classic",
        "status__state", "status__text", "status__until",
    )  # fmt: skip
    words = plain(wanted).split()
    rows = [row for row in (*map(_row, found), *_newcomers()) if all(word in row.sought for word in words)]
    return sorted(rows, key=lambda row: (row.has_left, not row.online, plain(row.name)))


def _newcomers() -> list[Row]:
    own = member()
    expected = Newcomer.objects.exclude(pk__in=KnownPerson.objects.values("pk")).exclude(pk=own.pk if own else None)
    return [
        Row(each.pk, str(each), each.user_name, "", "", "", False, None, False, True, False, Shown(), True)
        for each in expected
    ]


def _row(values: dict) -> Row:
    is_stopped = values["changed_statements"] is not None
    here = values["online"] and values["is_active"]
    status = shown(here, values["status__state"], values["status__text"], values["status__until"])
    return Row(
        uuid=values["pk"],
        name=values["full_name"] or values["display_name"] or values["user_name"],
        user_name=values["user_name"],
        position=values["profile__position"] or "",
        location=values["profile__location"] or "",
        picture=picture_of(values["pk"], values["profile__picture_mark"]),
        online=status.is_here,
        last_seen=values["last_seen"] if status.tells_when else None,
        status=status,
        has_left=not values["is_active"],
        is_new=values["is_active"] and not (values["can_be_written_to"] or is_stopped or values["classic"]),
        is_classic=values["classic"] is not None,
        is_compared=values["verification"] is not None and not is_stopped,
    )
