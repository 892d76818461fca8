"""Devices: proven, certified, listed by their person, withdrawn. The login server lists none by itself."""

import os
import time
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.db.models import Max

from accounts.audit import note
from accounts.errors import DeviceRefused, NotSignedIn, StatementRefused
from accounts.models import ApiToken, AuditEntry, DeviceStatement, Person, PersonDevice, ServerKey
from accounts.signals import device_changed, person_changed
from accounts.tokens import tie
from peers.protocol import certificate as certificates
from peers.protocol.codec import decode, encode
from peers.protocol.errors import ProtocolError
from peers.protocol.signing import Signed
from peers.protocol.statements import Action, Statement, devices_of

What = AuditEntry.What


@transaction.atomic
def server_key() -> Ed25519PrivateKey:
    """Return the key with which this login server signs; it is made at its first use."""
    row = ServerKey.objects.select_for_update().filter(pk=1).first()
    if row is None:
        row, _ = ServerKey.objects.get_or_create(
            pk=1, defaults={"secret": Ed25519PrivateKey.generate().private_bytes_raw()}
        )
    return Ed25519PrivateKey.from_private_bytes(bytes(row.secret))


def new_nonce(token: ApiToken) -> bytes:
    """Return 32 bytes for a device to sign. They belong to this token, and count once."""
    token.nonce = os.urandom(32)
    token.save(update_fields=["nonce"])
    return token.nonce


def certify(token: ApiToken, device: bytes, proof: bytes, address: str) -> bytes:
    """Return the encoded certificate for a device that signed the token's nonce.

    Raises `DeviceRefused`, and `NotSignedIn` if the token ends meanwhile.
    """
    nonce = bytes(token.nonce or b"")
    # Used up whatever comes of it, and by one of two at once.
    if not nonce or ApiToken.objects.filter(pk=token.pk, nonce=nonce).update(nonce=None) != 1:
        raise DeviceRefused("Ask for a nonce first, and sign that.")
    person = token.person
    try:
        certificates.check_request(decode(Signed, proof), nonce, person.pk.bytes, device)
    except ProtocolError as err:
        raise DeviceRefused from err
    with transaction.atomic():
        known = PersonDevice.objects.select_for_update().filter(key=device).first()
        if not ApiToken.objects.filter(pk=token.pk).exists():
            # Ended since we looked: nobody outruns a withdrawal or the end of an account.
            raise NotSignedIn
        if known and (known.person_id != person.pk or known.withdrawal):
            raise DeviceRefused
        tie(token, device)
        issued = _issue(person, device)
        row, _ = PersonDevice.objects.update_or_create(key=device, defaults={"person": person, **issued})
        device_changed.send(PersonDevice, device=row)
        note(What.DEVICE_CERTIFIED, person, address, device.hex()[:16])
    return bytes(issued["certificate"])


def _issue(person: Person, device: bytes) -> dict[str, Any]:
    now = int(time.time())
    certificate = certificates.Certificate(
        serial=os.urandom(16),
        person=person.pk.bytes,
        user_name=person.user_name,
        device=device,
        issued=now,
        expires=now + certificates.LIFETIME,
    )
    signed = encode(certificates.issue(server_key(), certificate))
    return {"certificate": signed, "expires_at": datetime.fromtimestamp(certificate.expires, UTC)}


def certificate_of(device: PersonDevice) -> certificates.Certificate:
    """Return what our latest certificate of a device says."""
    return decode(certificates.Certificate, decode(Signed, bytes(device.certificate)).body)


def withdrawal_of(device: PersonDevice) -> certificates.Withdrawal | None:
    """Return what our withdrawal of a device says, or None."""
    signed = decode(Signed, bytes(device.withdrawal)) if device.withdrawal else None
    return decode(certificates.Withdrawal, signed.body) if signed else None


@transaction.atomic
def withdraw(device: PersonDevice, by: Person | None = None, address: str = "") -> None:
    """Sign that a device belongs to nobody any more, and end its tokens. Final; a second time changes nothing."""
    # Writing first takes the lock, also in SQLite: no two withdrawals take the same number.
    server_key()
    fresh = PersonDevice.objects.select_for_update().get(pk=device.pk)
    if fresh.withdrawal:
        return
    last = PersonDevice.objects.aggregate(last=Max("withdrawal_number"))["last"] or 0
    withdrawal = certificates.Withdrawal(last + 1, fresh.person.pk.bytes, bytes(fresh.key), int(time.time()))
    fresh.withdrawal_number = last + 1
    fresh.withdrawal = encode(certificates.withdraw(server_key(), withdrawal))
    fresh.save(update_fields=["withdrawal_number", "withdrawal"])
    # A thief must not go on as this person, nor have another key certified.
    ApiToken.objects.filter(person=fresh.person, device_key=bytes(fresh.key).hex()).delete()
    device_changed.send(PersonDevice, device=fresh)
    note(What.DEVICE_WITHDRAWN, by, address, bytes(fresh.key).hex()[:16])


def statements_of(person: Person) -> list[bytes]:
    """Return a person's encoded list of device statements, oldest first.

    It is empty when every device on it is withdrawn: nothing is left that could extend it, so the person begins
    another, which their peers take for a changed key.
    """
    chain = [bytes(row.signed) for row in person.statements.all()]
    withdrawn = withdrawn_keys(person)
    if chain and withdrawn and devices_of(person.pk.bytes, [decode(Signed, each) for each in chain]) <= withdrawn:
        return []
    return chain


def withdrawn_keys(person: Person) -> set[bytes]:
    """Return the keys of a person's withdrawn devices."""
    return {bytes(key) for key in person.devices.exclude(withdrawal=None).values_list("key", flat=True)}


@transaction.atomic
def add_statement(person: Person, encoded: bytes, address: str) -> None:
    """Append a statement that one of the person's devices signed. Raises `StatementRefused`."""
    # Writing first takes the lock, also in SQLite: two next statements cannot both be the next.
    Person.objects.filter(pk=person.pk).update(user_name=person.user_name)
    chain = [decode(Signed, each) for each in statements_of(person)]
    try:
        signed = decode(Signed, encoded)
        devices_of(person.pk.bytes, [*chain, signed])
        added = decode(Statement, signed.body)
    except ProtocolError as err:
        raise StatementRefused from err
    # The server cannot extend a list, and must not let a key onto one that nobody proved to hold.
    # A lost one must come off whether we withdrew it or not.
    adds = added.action is Action.ADD
    if adds and not person.devices.filter(key=added.device, withdrawal=None).exists():
        raise StatementRefused("Certify the device first.")
    if added.signer in withdrawn_keys(person):
        raise StatementRefused("The device that signed this is withdrawn. Sign with another one.")
    if not chain:
        person.statements.all().delete()
    DeviceStatement.objects.create(person=person, number=added.number, signed=encoded)
    person_changed.send(Person, person=person)
    note(What.STATEMENT_ADDED, person, address, added.device.hex()[:16])
