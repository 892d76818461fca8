"""The login server's word that a device belongs to a person, and its withdrawal."""

from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.protocol.codec import Bytes16, Bytes32, Counter, Number, Wire
from peers.protocol.errors import BadSignature, Malformed
from peers.protocol.signing import Purpose, Signed, public_bytes, sign, verify

UserName = Annotated[str, msgspec.Meta(min_length=1, max_length=150)]
DAY = 24 * 60 * 60
LIFETIME = 30 * DAY
GRACE = 90 * DAY


class CertificateRequest(Wire, frozen=True):
    """A device's signed answer to the login server's nonce: the proof that it holds its own key."""

    nonce: Bytes32
    person: Bytes16
    device: Bytes32


class Certificate(Wire, frozen=True):
    """Device `device` belongs to `person` from `issued` until `expires` (seconds since 1970)."""

    serial: Bytes16
    person: Bytes16
    user_name: UserName
    device: Bytes32
    issued: Counter
    expires: Counter


class Withdrawal(Wire, frozen=True):
    """From `time` on the device belongs to nobody. Withdrawals are numbered without a gap, and final."""

    number: Number
    person: Bytes16
    device: Bytes32
    time: Counter


def request_certificate(key: Ed25519PrivateKey, nonce: bytes, person: bytes) -> Signed:
    """Answer the login server's nonce with our device's key."""
    return sign(key, Purpose.CERTIFICATE_REQUEST, CertificateRequest(nonce, person, public_bytes(key)))


def check_request(signed: Signed, nonce: bytes, person: bytes, device: bytes) -> None:
    """Raise `BadSignature` unless `device` signed this very nonce for this person."""
    request = verify(device, Purpose.CERTIFICATE_REQUEST, CertificateRequest, signed)
    if (request.nonce, request.person, request.device) != (nonce, person, device):
        raise BadSignature("certificate request: another nonce, person or device")


def issue(key: Ed25519PrivateKey, certificate: Certificate) -> Signed:
    """Sign a certificate with the login server's key."""
    return sign(key, Purpose.CERTIFICATE, certificate)


def read_certificate(server: bytes, signed: Signed) -> Certificate:
    """Return a certificate of the login server `server`. Its dates are for `is_current` to judge."""
    certificate = verify(server, Purpose.CERTIFICATE, Certificate, signed)
    if certificate.expires - certificate.issued > LIFETIME:
        raise Malformed("certificate: it lasts longer than 30 days")
    return certificate


def is_current(certificate: Certificate, now: int, grace: int = 0) -> bool:
    """Tell whether a certificate holds at `now` (seconds), by our own clock.

    `grace` is how long after its end it still counts: `GRACE` for a pinned person while the login server is away.
    """
    return now < certificate.expires + grace


def withdraw(key: Ed25519PrivateKey, withdrawal: Withdrawal) -> Signed:
    """Sign a withdrawal with the login server's key."""
    return sign(key, Purpose.WITHDRAWAL, withdrawal)


def read_withdrawal(server: bytes, signed: Signed) -> Withdrawal:
    """Return a withdrawal that the login server signed. Raises `BadSignature` or `Malformed`."""
    return verify(server, Purpose.WITHDRAWAL, Withdrawal, signed)
