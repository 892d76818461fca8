"""Files as the conversation shows them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max

from messaging.files.kinds import SHOWN
from messaging.files.models import Attachment, Preview
from messaging.files.names import ending, is_risky, shown
from messaging.files.refusals import reason_of
from messaging.files.sizes import size_text
from messaging.models import Message
from peers.models import Transfer
from peers.protocol.chunk import CHUNK

State, Kind = Attachment.State, Attachment.Kind
# How much room a picture takes in a bubble.
WIDEST, HIGHEST = 480, 340


@dataclass(frozen=True, slots=True)
class Card:
    """One file of a bubble."""

    id: str
    name: str
    ending: str
    kind: str
    size: int
    size_text: str
    sha256: str
    # Whether the member can open it; else how many bytes have moved, and what stands in the way.
    ready: bool
    moving: bool
    paused: bool
    done: int
    reason: str
    risky: bool
    # Whether a browser can show the file itself, and not only its small picture.
    original: bool = False
    # Of the small picture, as large as the conversation shows it.
    width: int = 0
    height: int = 0


def cards_of(messages: Iterable[Message]) -> dict[int, list[Card]]:
    """Return the files of those messages that have some, by the messages' pks."""
    wanted = [message.pk for message in messages if message.files]
    if not wanted:
        return {}
    rows = list(Attachment.objects.filter(message__in=wanted).select_related("blob"))
    sizes = {pk: (width, height) for pk, width, height in _previews(rows)}
    ways = _ways(rows)
    found: dict[int, list[Card]] = defaultdict(list)
    for row in rows:
        found[row.message_id].append(_card(row, sizes.get(row.pk, (0, 0)), ways.get(bytes(row.transfer_id))))
    return found


def _previews(rows: list[Attachment]) -> Iterable[tuple[object, int, int]]:
    return Preview.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "width", "height")


def _ways(rows: list[Attachment]) -> dict[bytes, tuple[int, str, str]]:
    """Return how far each file is on its furthest way: chunks, reason, state."""
    ids = [row.transfer_id for row in rows if not row.receipted_at]
    found = (
        Transfer.objects.filter(transfer_id__in=ids)
        .values("transfer_id")
        .annotate(far=Max("sent"), why=Max("reason"), state=Max("state"))
    )
    return {bytes(each["transfer_id"]): (each["far"], each["why"], each["state"]) for each in found}


def _fitted(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, WIDEST / max(width, 1), HIGHEST / max(height, 1))
    return round(width * scale), round(height * scale)


def _card(row: Attachment, size: tuple[int, int], way: tuple[int, str, str] | None) -> Card:
    sent, why, state = way or (0, "", "")
    width, height = _fitted(*size)
    if row.mine:
        moving = row.receipted_at is None and state in (Transfer.State.MOVING, Transfer.State.PAUSED)
        held = sent
    else:
        moving = row.state == State.ARRIVING
        held = row.blob.held if row.blob else 0
    reason = row.reason or (reason_of(why, ours=row.mine) if moving and why else "")
    return Card(
        id=str(row.pk),
        name=shown(row.name),
        ending=ending(row.name),
        kind=row.kind,
        size=row.size,
        size_text=size_text(row.size),
        sha256=bytes(row.sha256).hex(),
        ready=row.state == State.READY and row.blob is not None,
        moving=moving,
        paused=state == Transfer.State.PAUSED,
        done=min(row.size, held * CHUNK),
        reason=reason,
        risky=not row.mine and is_risky(row.name),
        original=row.sniffed in SHOWN,
        width=width,
        height=height,
    )
