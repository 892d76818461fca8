"""The directory as a table, for other programs."""

import csv
import json
from typing import TextIO

from peers.models import KnownPerson
from profiles.cards import card_of

FIELDS = ("user_name", "name", "position", "location", "time_zone", "state", "last_seen", "has_account", "compared_at")
# A spreadsheet would run what begins with these.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows() -> list[dict[str, str]]:
    """Return everybody, by user name, as this node knows them."""
    return [_row(person) for person in KnownPerson.objects.order_by("user_name")]


def _row(person: KnownPerson) -> dict[str, str]:
    card = card_of(person)
    return {
        "user_name": card.user_name,
        "name": card.name,
        "position": card.position,
        "location": card.location,
        "time_zone": card.time_zone,
        "state": card.status.state,
        "last_seen": card.last_seen.isoformat() if card.last_seen else "",
        "has_account": "yes" if card.is_active else "no",
        "compared_at": card.compared_at.isoformat() if card.compared_at else "",
    }


def write_csv(out: TextIO) -> int:
    """Write the table for a spreadsheet, and return how many people it holds."""
    found = rows()
    writer = csv.DictWriter(out, FIELDS)
    writer.writeheader()
    for row in found:
        writer.writerow({name: f"'{text}" if text.startswith(FORMULA) else text for name, text in row.items()})
    return len(found)


def write_json(out: TextIO) -> int:
    """Write the table as JSON, and return how many people it holds."""
    found = rows()
    json.dump(found, out, ensure_ascii=False, indent=1)
    out.write("\n")
    return len(found)
