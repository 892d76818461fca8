"""How the member is connected with a person, for their page: devices, certificates, the way, and what protects it."""

import enum
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from peers import people, reachability
from peers.cards import card_in
from peers.models import KnownPerson, PeerDevice
from peers.protocol import sealing
from peers.protocol.certificate import Certificate
from peers.protocol.codec import decode
from peers.protocol.signing import Signed
from peers.protocol.statements import devices_of
from peers.reachability import Reach, best

PROTECTION = (
    "Only your computer and theirs can read what you write. Each message has a key of its own (Olm), all travel sealed "
    "once more against quantum computers (ML-KEM-768 with X25519), over TLS 1.3 to their certificate alone."
)
CLASSIC_ROUTE = "By the older, classic network, over plain HTTP, to the address at which a list places them."
CLASSIC_PROTECTION = (
    "Nothing proves who answers there. Encryption 3 to 5 keep listeners out, 0 to 2 do not, and none of them "
    "notices a change on the way; beside each message stands which one it had."
)


NO_COMPUTER = "They have not signed in on a computer yet."
NONE_IN_USE = "Nothing is sent to them now. What stands in the way is said below, computer by computer."


class Standing(enum.Enum):
    """Whether a device is written to, and else why not."""

    IN_USE = "In use: what you write is sealed for it."
    WITHDRAWN = "Withdrawn; never written to again."
    WAITS = "New: nothing is sealed for it until you decide about the changed keys."
    HELD = "Nothing is sealed for it until you decide about the changed keys."
    NOT_LISTED = "Not on the list of computers that you trust, so it is not written to."
    LEFT = "Their account has ended, so it is not written to."
    ENDED = "Its certificate has ended; it is written to again once it has another one."
    DOUBTED = "Not written to: the login server calls it withdrawn."


@dataclass(frozen=True, slots=True)
class Device:
    """One computer of a person."""

    key: str
    # What else its card names, for people who compare.
    more_keys: list[tuple[str, str]]
    standing: Standing
    certified_from: datetime | None
    certified_until: datetime | None
    withdrawn_at: datetime | None
    # Of those that are written to only.
    route: str
    # When it last answered us, called us, or fetched something; noted once a minute at most.
    met_at: datetime | None

    @property
    def is_used(self) -> bool:
        """Whether it is written to."""
        return self.standing is Standing.IN_USE


@dataclass(frozen=True, slots=True)
class Connection:
    """What a person's page says about the way to them."""

    devices: list[Device]
    earlier: list[Device]
    route: str
    protection: str
    is_classic: bool = False

    @property
    def all(self) -> list[Device]:
        """Those that are written to, then the others."""
        return [*self.devices, *self.earlier]


def connection_with(person: KnownPerson) -> Connection:
    """Return how the member and a person are connected."""
    if hasattr(person, "classic"):
        return Connection([], [], CLASSIC_ROUTE, CLASSIC_PROTECTION, is_classic=True)
    # A page may have left the lists out.
    person = KnownPerson.objects.get(pk=person.pk)
    trusted, other = _listed(person, person.statements), _listed(person, person.changed_statements)
    reaches = reachability.reach_of_devices(person)
    rows = person.devices.select_related("lane", "way").order_by("-pk")
    found = [_device(row, _standing(row, person, trusted, other), reaches.get(row.pk)) for row in rows]
    used = [device for device in found if device.is_used]
    earlier = [device for device in found if not device.is_used]
    if not used:
        return Connection(used, earlier, NONE_IN_USE if earlier else NO_COMPUTER, "")
    return Connection(used, earlier, best(reaches.values()).sentence, PROTECTION)


def _listed(person: KnownPerson, encoded: bytes | None) -> frozenset[bytes]:
    return devices_of(person.pk.bytes, people.chain_of(bytes(encoded))) if encoded else frozenset()


def _standing(row: PeerDevice, person: KnownPerson, trusted: frozenset[bytes], other: frozenset[bytes]) -> Standing:
    """Say why `peers.people` pinned a device or did not."""
    key = bytes(row.device)
    reasons = {
        Standing.IN_USE: row.pinned,
        Standing.WITHDRAWN: row.withdrawn_at is not None,
        Standing.LEFT: not person.is_active,
        Standing.WAITS: key in other and key not in trusted,
        Standing.NOT_LISTED: key not in trusted,
        Standing.HELD: person.key_changed,
        Standing.ENDED: row.certified_until is None or row.certified_until <= timezone.now(),
    }
    return next((standing for standing, holds in reasons.items() if holds), Standing.DOUBTED)


def _device(row: PeerDevice, standing: Standing, reach: Reach | None) -> Device:
    return Device(
        key=bytes(row.device).hex(),
        more_keys=_more_keys(row),
        standing=standing,
        certified_from=_issued(row),
        certified_until=row.certified_until,
        withdrawn_at=row.withdrawn_at,
        route=(reach or Reach.UNKNOWN).sentence if standing is Standing.IN_USE else "",
        met_at=_met(row),
    )


def _more_keys(row: PeerDevice) -> list[tuple[str, str]]:
    if not row.card:
        return []
    card = card_in(bytes(row.card))
    return [
        ("Ratchet (Curve25519)", card.olm_identity.hex()),
        ("Seal (id)", sealing.key_id(card.sealing_key).hex()),
        ("TLS certificate (SHA-256)", card.tls_fingerprint.hex()),
    ]


def _met(row: PeerDevice) -> datetime | None:
    lane, way = getattr(row, "lane", None), getattr(row, "way", None)
    times = [lane.last_success_at] if lane else []
    times += [way.dialled_at, way.reached_at, way.pulled_at] if way else []
    return max((at for at in times if at is not None), default=None)


def _issued(row: PeerDevice) -> datetime | None:
    """Return when the certificate was issued; it was verified before it was stored."""
    if not row.certificate:
        return None
    return datetime.fromtimestamp(decode(Certificate, decode(Signed, bytes(row.certificate)).body).issued, UTC)
