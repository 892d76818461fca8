"""The calls nodes make about devices. Bytes are in hexadecimal, in lower case."""

import re
import time
from uuid import UUID

from django.http import HttpRequest

from accounts import devices, server_card
from accounts.models import Person, PersonDevice
from accounts.wire import BadRequest, Fields, address_of, bearer, call
from peers.protocol.signing import public_bytes

HEX = re.compile(r"(?:[0-9a-f]{2})*")
# Withdrawals in one answer; a node that got as many asks for the next.
PAGE = 500


class Nothing(Fields):
    pass


class Proof(Fields):
    device: str
    proof: str


class Addition(Fields):
    statement: str


def from_hex(text: str, length: int | None = None) -> bytes:
    """Return the bytes of one canonical spelling. Raises `BadRequest`."""
    if not HEX.fullmatch(text) or (length is not None and len(text) != 2 * length):
        raise BadRequest(422, "wrong-fields", "Bytes are written in lower-case hexadecimal.")
    return bytes.fromhex(text)


@call("GET")
def server_key(request: HttpRequest, body: None) -> dict[str, object]:
    return {"key": public_bytes(devices.server_key()).hex()}


@call("GET")
def current_server_card(request: HttpRequest, body: None) -> dict[str, object]:
    card = server_card.current()
    if not card:
        raise BadRequest(404, "not-found", "There is no card yet: the server makes it when it opens its doors.")
    # With our time, so that a node's owner can be told that one of the two clocks is wrong.
    return {"card": card.hex(), "time": int(time.time())}


@call("POST", Nothing)
def nonce(request: HttpRequest, body: Nothing) -> dict[str, object]:
    return {"nonce": devices.new_nonce(bearer(request)).hex()}


@call("POST", Proof)
def certificate(request: HttpRequest, body: Proof) -> dict[str, object]:
    token = bearer(request)
    issued = devices.certify(token, from_hex(body.device, 32), from_hex(body.proof), address_of(request))
    return {"certificate": issued.hex()}


@call("POST", Addition)
def add_statement(request: HttpRequest, body: Addition) -> dict[str, object]:
    devices.add_statement(bearer(request).person, from_hex(body.statement), address_of(request))
    return {}


@call("GET")
def statements(request: HttpRequest, body: None, person: UUID) -> dict[str, object]:
    bearer(request)
    found = Person.objects.filter(pk=person).first()
    if found is None:
        raise BadRequest(404, "not-found", "There is no such person.")
    return {"statements": [each.hex() for each in devices.statements_of(found)]}


@call("GET")
def withdrawals(request: HttpRequest, body: None, number: int) -> dict[str, object]:
    bearer(request)
    # Beyond 64 bits the database would refuse, and there is nothing there anyway.
    rows = PersonDevice.objects.filter(withdrawal_number__gt=min(number, 2**62)).order_by("withdrawal_number")
    return {"withdrawals": [bytes(row.withdrawal).hex() for row in rows[:PAGE]]}
