"""An entry of the directory, verified: what the login server says counts only where a signature bears it out."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from peers import answers
from peers.protocol.card import ContactCard, read_card
from peers.protocol.certificate import Certificate, read_certificate
from peers.protocol.codec import decode
from peers.protocol.errors import BadSignature, BrokenChain, Malformed
from peers.protocol.signing import Signed
from peers.protocol.statements import devices_of


class NotListedYet(BrokenChain):
    """The person's list of devices has not begun: their first sign-in is under way."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A device and its person: certificate, card and list are signed and agree; presence and names are hearsay."""

    person: uuid.UUID
    display_name: str
    is_active: bool
    online: bool
    last_seen: datetime | None
    withdrawn: bool
    certificate: Certificate
    signed_certificate: bytes
    # None until the device has published one.
    card: ContactCard | None
    signed_card: bytes
    chain: tuple[Signed, ...]

    @property
    def device(self) -> bytes:
        """The device that the certificate names."""
        return self.certificate.device

    @property
    def certified_until(self) -> datetime:
        """When the certificate ends."""
        return moment(self.certificate.expires)


def moment(seconds: int) -> datetime:
    """Return the time of a signed number of seconds. Raises `Malformed` beyond the year 9999."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as err:
        raise Malformed("a time out of range") from err


def verify(server: bytes, raw: msgspec.Raw) -> Entry:
    """Return an entry whose every signature holds, under the login server's key. Raises `ProtocolError`.

    Whether the certificate still runs, and whether list and card follow those we hold, is for `peers.people`.
    """
    try:
        told = answers.read(answers.Entry, raw)
    except ValueError as err:
        raise Malformed("directory entry") from err
    person, device = told.person.bytes, bytes.fromhex(told.device)
    signed_certificate, signed_card = bytes.fromhex(told.certificate), bytes.fromhex(told.card)
    certificate = read_certificate(server, decode(Signed, signed_certificate))
    moment(certificate.expires)
    if (certificate.person, certificate.device) != (person, device):
        raise BadSignature("certificate: another person or device")
    card = read_card(decode(Signed, signed_card)) if signed_card else None
    if card and (card.person, card.device) != (person, device):
        raise BadSignature("card: another person or device")
    return Entry(
        person=told.person,
        display_name=told.display_name,
        is_active=told.active,
        online=told.online,
        last_seen=told.last_seen,
        withdrawn=told.withdrawn,
        certificate=certificate,
        signed_certificate=signed_certificate,
        card=card,
        signed_card=signed_card,
        chain=_chain(person, told.statements),
    )


def _chain(person: bytes, statements: list[str]) -> tuple[Signed, ...]:
    chain = tuple(decode(Signed, bytes.fromhex(each)) for each in statements)
    if not chain:
        raise NotListedYet("the person has no list of devices")
    devices_of(person, chain)
    return chain
