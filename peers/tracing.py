"""What became of a payload on its way to each device: steps with their times, never words or keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from peers.models import Attempt, Delivery, Lane
from peers.outbox import LIFETIME

State = Delivery.State


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened, or how things stand now where there is no time."""

    at: datetime | None
    what: str


def deliveries_of(payload_id: bytes) -> QuerySet[Delivery]:
    """Return the deliveries of a payload: one a device, more where it was sent again."""
    rows = Delivery.objects.filter(payload_id=payload_id).order_by("created_at", "pk")
    return rows.select_related("stream__peer__person").defer("body", "envelope")


def device_of(row: Delivery) -> str:
    """Say which device a delivery is for."""
    return f"{row.stream.peer} of {row.stream.peer.person}"


def steps_of(row: Delivery) -> list[Step]:
    """Return what happened to one delivery, oldest first, and how it stands."""
    where = f"stream {bytes(row.stream.stream).hex()[:8]}, number {row.number}"
    steps = [Step(row.created_at, f"sealed for {device_of(row)}: {where}")]
    steps += [Step(each.at, f"attempt, {each.milliseconds} ms: {each.outcome}") for each in attempts_of(row)]
    return [*steps, *_end(row)]


def attempts_of(row: Delivery) -> QuerySet[Attempt]:
    """Return the requests that carried a delivery. They are kept for 30 days."""
    carried = row.stream.attempts.filter(first_number__lte=row.number, last_number__gte=row.number)
    return carried.order_by("at", "pk")


def _end(row: Delivery) -> Iterator[Step]:
    if row.state == State.DELIVERED:
        yield Step(row.ended_at, "receipted: their node has stored it")
    elif row.state == State.FAILED:
        yield Step(row.ended_at, f"failed: {row.reason}")
    elif row.reason:
        yield Step(None, f"given up, and waits for their node to hear so: {row.reason}")
    else:
        yield Step(None, f"waiting, until {row.created_at + LIFETIME:%Y-%m-%d %H:%M} at the latest")
        yield from _lane(row)


def _lane(row: Delivery) -> Iterator[Step]:
    """Say why it still waits."""
    if not row.stream.peer.pinned:
        yield Step(None, "nothing is sent to this device: it is not certified, withdrawn, or its keys are in doubt")
    lane = Lane.objects.filter(peer=row.stream.peer).first()
    if lane is not None and lane.failing_since is not None:
        yield Step(lane.failing_since, f"this device has not been reached since then, {lane.attempts} times")
        yield Step(lane.next_attempt_at, f"the next attempt is due; the last ended with: {lane.last_error}")
