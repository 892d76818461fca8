"""This computer as the member's settings show it: what others see of it too."""

from dataclasses import dataclass
from datetime import datetime

from peers.entries import moment
from peers.own import current_card, own_device
from peers.protocol.card import read_card
from peers.protocol.certificate import Certificate
from peers.protocol.codec import decode
from peers.protocol.signing import Signed


@dataclass(frozen=True, slots=True)
class Computer:
    """Our own device."""

    key: str
    certified_from: datetime | None
    certified_until: datetime | None
    # Where others are told to dial it.
    addresses: list[str]


def this_computer() -> Computer | None:
    """Return our own device; None before the first start."""
    own = own_device()
    if own is None:
        return None
    card = current_card(own)
    certificate = decode(Certificate, decode(Signed, bytes(own.certificate)).body) if own.certificate else None
    return Computer(
        key=bytes(own.device).hex(),
        certified_from=moment(certificate.issued) if certificate else None,
        certified_until=moment(certificate.expires) if certificate else None,
        addresses=list(read_card(card).addresses) if card else [],
    )
