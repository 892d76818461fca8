"""How the member is connected with a person, for their page: devices, certificates, the way, and what protects it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from peers import reachability
from peers.models import KnownPerson, PeerDevice
from peers.protocol.certificate import Certificate
from peers.protocol.codec import decode
from peers.protocol.signing import Signed

PROTECTION = (
    "Only your computer and theirs can read what you write. Each message has a key of its own (Olm), all travel sealed "
    "once more against quantum computers (ML-KEM-768 with X25519), over TLS 1.3 to their certificate alone."
)
CLASSIC_ROUTE = "By the older, classic network, over plain HTTP, to the address at which a list places them."
CLASSIC_PROTECTION = (
    "Nothing proves who answers there. Encryption 3 to 5 keep listeners out, 0 to 2 do not, and none of them "
    "notices a change on the way; beside each message stands which one it had."
)


@dataclass(frozen=True, slots=True)
class Device:
    """One computer of a person."""

    key: str
    certified_from: datetime | None
    certified_until: datetime | None
    withdrawn_at: datetime | None
    is_trusted: bool
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Connection:
    """What a person's page says about the way to them."""

    devices: list[Device]
    route: str
    protection: str
    is_classic: bool = False


def connection_with(person: KnownPerson) -> Connection:
    """Return how the member and a person are connected."""
    if hasattr(person, "classic"):
        return Connection([], CLASSIC_ROUTE, CLASSIC_PROTECTION, is_classic=True)
    rows = person.devices.select_related("lane").order_by("pk")
    return Connection([_device(row) for row in rows], reachability.reach(person).sentence, PROTECTION)


def _device(row: PeerDevice) -> Device:
    lane = getattr(row, "lane", None)
    return Device(
        key=bytes(row.device).hex(),
        certified_from=_issued(row),
        certified_until=row.certified_until,
        withdrawn_at=row.withdrawn_at,
        is_trusted=row.pinned,
        heard_at=lane.last_success_at if lane else None,
    )


def _issued(row: PeerDevice) -> datetime | None:
    """Return when the certificate was issued; it was verified before it was stored."""
    if not row.certificate:
        return None
    return datetime.fromtimestamp(decode(Certificate, decode(Signed, bytes(row.certificate)).body).issued, UTC)
