"""Our own device in the eyes of the login server: its certificate and its place on the member's list."""

import time

from peers import own as own_device
from peers.login_server import BadServerAnswer, LoginServerClient
from peers.models import OwnDevice
from peers.protocol.certificate import Certificate, is_current, read_certificate, request_certificate
from peers.protocol.codec import decode, encode
from peers.protocol.errors import BadSignature, ProtocolError
from peers.protocol.signing import Signed
from peers.protocol.statements import begin, devices_of


def certify(client: LoginServerClient, token: str, own: OwnDevice, person: bytes) -> bytes:
    """Return a new certificate of our device for a person (16 bytes), checked. Raises `LoginServerError`."""
    nonce = client.nonce(token)
    proof = request_certificate(own_device.signing_key(own), nonce, person)
    encoded = client.certificate(token, bytes(own.device), encode(proof))
    try:
        certificate = read_certificate(bytes(client.server.key), decode(Signed, encoded))
        if (certificate.person, certificate.device) != (person, bytes(own.device)):
            raise BadSignature("certificate: another person or device")
        if not is_current(certificate, int(time.time())):
            raise BadSignature("certificate: it has ended; one of the two clocks is wrong")
    except ProtocolError as err:
        raise BadServerAnswer from err
    return encoded


def is_half_over(own: OwnDevice) -> bool:
    """Tell whether our certificate should be renewed."""
    if not own.certificate:
        return True
    certificate = decode(Certificate, decode(Signed, bytes(own.certificate)).body)
    return time.time() >= (certificate.issued + certificate.expires) / 2


def listed(client: LoginServerClient, token: str, person: str) -> frozenset[bytes]:
    """Return the devices on a person's own list, none if it has not begun. Raises `LoginServerError`."""
    chain = client.statements(token, person)
    if not chain:
        return frozenset()
    try:
        return devices_of(bytes.fromhex(person.replace("-", "")), [decode(Signed, each) for each in chain])
    except ProtocolError as err:
        raise BadServerAnswer from err


def begin_list(client: LoginServerClient, token: str, own: OwnDevice, person: bytes) -> None:
    """Begin a person's list with our device, which is certified already. Raises `LoginServerError`."""
    client.add_statement(token, encode(begin(own_device.signing_key(own), person)))
