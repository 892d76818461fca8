"""The bodies that carry our letters, as each year writes them."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings as project

from peers import hooks
from peers.classic import base64, hashing
from peers.classic.encryption import PADDED, Sealer
from peers.classic.year import Year
from peers.models import ClassicLetter, ClassicPerson
from peers.older import settings
from peers.older.agreement import Agreement

Kind = ClassicLetter.Kind


class Gone(Exception):
    """The file of a letter is no longer on this computer."""


class TooLong(Exception):
    """No encryption that both have, and that the settings allow, carries something so long."""


def content_of(letter: ClassicLetter) -> dict[str, str]:
    """Return what a letter carries, by the names of its fields. Raises `Gone`."""
    if letter.kind == Kind.EVENT:
        # A 2017 node takes an empty field for a missing one.
        return {name: text for name, text in json.loads(letter.body).items() if text}
    if letter.kind != Kind.FILE:
        return {"message": letter.body}
    file = hooks.classic_shelf().file_of(bytes(letter.payload_id))
    if file is None:
        raise Gone
    media_type = file.media_type or "application/octet-stream"
    return {"file": base64.write(file.data), "filename": file.name, "content_type": media_type}


def fitting(agreed: Agreement, content: Mapping[str, str]) -> int:
    """Return the agreed standard, or for what is too long for standard 3 the next below. Raises `TooLong`."""
    if agreed.encryption != 3 or (agreed.key and all(agreed.key.fits(text) for text in content.values())):
        return agreed.encryption
    if agreed.weaker < project.PEERNET_CLASSIC_MIN_ENCRYPTION:
        raise TooLong
    return agreed.weaker


def body_of(
    letter: ClassicLetter,
    person: ClassicPerson,
    content: Mapping[str, str],
    standard: int,
    number: int,
    agreed: Agreement,
) -> dict[str, Any]:
    """Return the body that carries a letter's content under an encryption and a hashing."""
    year, own = settings.year(), settings.own_name()
    fields = dict(content)
    if "message" in fields:
        fields |= {"markdown": "0"}
        if standard in PADDED:
            fields["message"] = fields["message"].rstrip(" ")
    text = fields.get("message") or fields["file"]
    fields |= {"stamp": letter.stamp, "hashing": str(number), "hash": hashing.make_hash(number, year, text, own)}
    sealed: dict[str, Any] = Sealer(standard, year, agreed.key).seal_fields({k: v for k, v in fields.items() if v})
    # Clear, a stamp and options are numbers.
    clear = {"markdown", "hashing"} if year is Year.Y2018 or not standard else set()
    sealed |= {name: int(fields[name]) for name in clear & fields.keys()}
    if not standard:
        sealed["stamp"] = float(letter.stamp)
    return {"sender": own, "destination": person.user_name, "encryption": standard, **sealed}


def invitation_of(
    person: ClassicPerson, content: Mapping[str, str], standard: int, agreed: Agreement
) -> dict[str, Any]:
    """Return the body that invites to an event. It has no stamp and no hash."""
    sealed: dict[str, Any] = Sealer(standard, settings.year(), agreed.key).seal_fields(content)
    if not standard:
        sealed |= {name: int(content[name]) for name in ("start_time", "end_time")}
    return {"sender": settings.own_name(), "destination": person.user_name, "encryption": standard, **sealed}


def deletion_of(letter: ClassicLetter, person: ClassicPerson, text: str, agreed: Agreement) -> dict[str, Any]:
    """Return the body that asks for a message to be deleted. Its hash is salted with whoever asks."""
    year, own, number = settings.year(), settings.own_name(), agreed.hashing or 2
    sealer = Sealer(agreed.encryption, year, agreed.key)
    sealed = sealer.seal_fields({"stamp": letter.stamp, "hash": hashing.make_hash(number, year, text, own)})
    fields = {"sender": own, "destination": person.user_name, "encryption": agreed.encryption, "hashing": number}
    return fields | sealed


def acknowledgement_of(letter: ClassicLetter, person: ClassicPerson) -> dict[str, Any]:
    """Return the body that acknowledges a letter of theirs, as their year writes it."""
    year, own = settings.year(), settings.own_name()
    if year is Year.Y2017:
        return {"sender": person.user_name, "stamp": letter.stamp, "hashing": letter.hashing, "hash": letter.hash}
    made = letter.hash
    if letter.kind != Kind.FILE:
        made = hashing.make_hash(letter.hashing, year, letter.body, own)
    return {
        "sender": own,
        "destination": person.user_name,
        "stamp": letter.stamp,
        "hashing": letter.hashing,
        "hash": made,
    }
