"""Whose device is whose: certificates, withdrawals and lists of devices."""

import pytest

from accounts import devices, services
from accounts.models import PersonDevice
from peers.protocol import certificate as certificates
from peers.protocol import statements
from peers.protocol.codec import decode, encode
from peers.protocol.signing import Signed, public_bytes
from tests.accounts.conftest import Node, make_member
from tests.protocol.cast import Device


class Enrolling(Node):
    """A signed-in node with a device of its own."""

    def __init__(self, member):
        super().__init__()
        self.member = member
        self.person = member.person.pk.bytes
        self.device = Device.new()
        assert self.sign_in(member.person.user_name, member.fresh_code()).status_code == 200

    def prove(self, key=None, device=None, person=None):
        nonce = bytes.fromhex(self.post("certificate/nonce").json()["nonce"])
        proof = certificates.request_certificate(key or self.device.key, nonce, person or self.person)
        return self.post("certificate", device=(device or self.device.id).hex(), proof=encode(proof).hex())

    def state(self, signed):
        return self.post("statements", statement=encode(signed).hex())


@pytest.fixture
def alices(alice):
    return Enrolling(alice)


@pytest.fixture
def bobs(bob):
    return Enrolling(bob)


def read(node, answer):
    server = bytes.fromhex(node.get("server-key").json()["key"])
    return certificates.read_certificate(server, decode(Signed, bytes.fromhex(answer.json()["certificate"])))


def test_alices_device_is_certified_as_hers_for_thirty_days(alices):
    certificate = read(alices, alices.prove())
    assert (certificate.person, certificate.device) == (alices.person, alices.device.id)
    assert certificate.expires - certificate.issued == certificates.LIFETIME
    assert certificate.user_name == "alice"


def test_the_servers_key_stays_the_same(alices):
    assert public_bytes(devices.server_key()) == public_bytes(devices.server_key())


def test_a_certificate_can_be_renewed(alices):
    first, second = (read(alices, alices.prove()) for _ in range(2))
    assert first.serial != second.serial
    assert PersonDevice.objects.count() == 1


def test_a_proof_for_another_key_or_person_is_refused(alices, bobs):
    assert alices.prove(device=bobs.device.id).status_code == 403
    assert alices.prove(person=bobs.person).status_code == 403
    assert PersonDevice.objects.count() == 0


def test_bobs_device_is_never_certified_for_alice(alices, bobs):
    assert bobs.prove().status_code == 200
    assert alices.prove(key=bobs.device.key, device=bobs.device.id).status_code == 403


def test_a_nonce_counts_once(alices):
    nonce = bytes.fromhex(alices.post("certificate/nonce").json()["nonce"])
    proof = encode(certificates.request_certificate(alices.device.key, nonce, alices.person)).hex()
    fields = {"device": alices.device.id.hex(), "proof": proof}
    assert alices.post("certificate", **fields).status_code == 200
    assert alices.post("certificate", **fields).status_code == 403


@pytest.mark.parametrize("device", ["", "00", "zz" * 32, "AB" * 32, "00" * 33, "０" * 64])
def test_a_device_in_another_spelling_is_refused(alices, device):
    alices.post("certificate/nonce")
    assert alices.post("certificate", device=device, proof="00").status_code == 422


def test_a_withdrawn_device_is_never_certified_again(alices):
    alices.prove()
    devices.withdraw(PersonDevice.objects.get())
    assert alices.sign_in("alice", alices.member.fresh_code()).status_code == 200
    assert alices.prove().status_code == 403


def test_withdrawals_are_numbered_and_signed_and_happen_once(alices, bobs):
    alices.prove()
    bobs.prove()
    carols = Enrolling(make_member("carol"))
    for device in [*PersonDevice.objects.order_by("pk")] * 2:
        devices.withdraw(device)
    server = public_bytes(devices.server_key())
    signed = [decode(Signed, bytes.fromhex(each)) for each in carols.get("withdrawals/since/0").json()["withdrawals"]]
    assert [certificates.read_withdrawal(server, each).number for each in signed] == [1, 2]
    assert len(carols.get("withdrawals/since/1").json()["withdrawals"]) == 1
    assert carols.get(f"withdrawals/since/{10**30}").json() == {"withdrawals": []}


def test_deactivating_alice_withdraws_her_devices(alices, alice):
    alices.prove()
    services.deactivate(alice.person)
    assert PersonDevice.objects.get().withdrawal_number == 1


def test_alice_begins_and_extends_her_list(alices, bobs):
    alices.prove()
    first = statements.begin(alices.device.key, alices.person)
    assert alices.state(first).status_code == 200
    second_device = at_her_second(alices).device
    second = statements.extend(alices.device.key, [first], statements.Action.ADD, second_device.id)
    assert alices.state(second).status_code == 200
    kept = bobs.get(f"people/{alices_id(alices)}/statements").json()["statements"]
    chain = [decode(Signed, bytes.fromhex(each)) for each in kept]
    assert statements.devices_of(alices.person, chain) == {alices.device.id, second_device.id}


def test_a_withdrawn_device_comes_off_the_list(alices):
    alices.prove()
    lost = at_her_second(alices).device
    chain = [statements.begin(alices.device.key, alices.person)]
    chain.append(statements.extend(alices.device.key, chain, statements.Action.ADD, lost.id))
    assert [alices.state(each).status_code for each in chain] == [200, 200]
    devices.withdraw(PersonDevice.objects.get(key=lost.id))
    assert (
        alices.state(statements.extend(alices.device.key, chain, statements.Action.REMOVE, lost.id)).status_code == 200
    )


def test_a_withdrawn_device_adds_no_other(alices):
    """Mallory has Alice's stolen laptop, which stands on her list, and her password."""
    alices.prove()
    stolen = at_her_second(alices).device
    chain = [statements.begin(alices.device.key, alices.person)]
    chain.append(statements.extend(alices.device.key, chain, statements.Action.ADD, stolen.id))
    assert [alices.state(each).status_code for each in chain] == [200, 200]
    devices.withdraw(PersonDevice.objects.get(key=stolen.id))
    mallorys = at_her_second(alices)
    forged = statements.extend(stolen.key, chain, statements.Action.ADD, mallorys.device.id)
    assert mallorys.state(forged).status_code == 409


def test_a_withdrawal_ends_the_tokens_of_that_device_only(alices):
    alices.prove()
    stolen = at_her_second(alices)
    devices.withdraw(PersonDevice.objects.get(key=stolen.device.id))
    assert (stolen.get("me").status_code, alices.get("me").status_code) == (401, 200)


def test_a_token_certifies_one_device_only(alices):
    alices.prove()
    other = Device.new()
    assert alices.prove(key=other.key, device=other.id).status_code == 403
    assert PersonDevice.objects.count() == 1


def test_alice_begins_a_new_list_once_every_device_on_hers_is_withdrawn(alices, bobs):
    alices.prove()
    alices.state(statements.begin(alices.device.key, alices.person))
    devices.withdraw(PersonDevice.objects.get(key=alices.device.id))
    fresh = at_her_second(alices)
    assert bobs.get(f"people/{alices_id(fresh)}/statements").json() == {"statements": []}
    first = statements.begin(fresh.device.key, fresh.person)
    assert fresh.state(first).status_code == 200
    assert bobs.get(f"people/{alices_id(fresh)}/statements").json() == {"statements": [encode(first).hex()]}


def at_her_second(alices):
    """Alice signs in at another node, whose device is certified."""
    other = Enrolling(alices.member)
    assert other.prove().status_code == 200
    return other


def alices_id(node):
    return node.get("me").json()["id"]


def test_a_list_begins_once(alices):
    alices.prove()
    first = statements.begin(alices.device.key, alices.person)
    assert [alices.state(first).status_code for _ in range(2)] == [200, 409]


def test_nobody_extends_anothers_list(alices, bobs):
    alices.prove()
    bobs.prove()
    first = statements.begin(alices.device.key, alices.person)
    alices.state(first)
    forged = statements.extend(bobs.device.key, [first], statements.Action.ADD, bobs.device.id)
    assert alices.state(forged).status_code == 409
    assert bobs.state(first).status_code == 409


def test_a_device_that_was_not_proven_comes_onto_no_list(alices):
    assert alices.state(statements.begin(alices.device.key, alices.person)).status_code == 409


@pytest.mark.parametrize("path", ["certificate/nonce", "certificate", "statements"])
def test_without_a_token_nothing_is_done(db, node, path):
    fields = {"certificate": {"device": "00" * 32, "proof": "00"}, "statements": {"statement": "00"}}.get(path, {})
    assert node.post(path, **fields).status_code == 401


def test_without_a_token_no_list_is_shown(node, alice):
    assert node.get(f"people/{alice.person.pk}/statements").status_code == 401
    assert node.get("withdrawals/since/0").status_code == 401
