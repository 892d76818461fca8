"""Cards, certificates and statements: who is who, and who says so."""

import os

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.protocol import certificate as certificates
from peers.protocol import statements
from peers.protocol.address import parse_address
from peers.protocol.card import read_card, sign_card
from peers.protocol.errors import BadSignature, BrokenChain, Malformed
from peers.protocol.signing import Purpose, Signed, public_bytes, sign, verify

NOW = 1_800_000_000


@pytest.fixture
def server() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def certificate_for(device, **changes):
    fields = {
        "serial": bytes(16),
        "person": device.person,
        "user_name": "alice",
        "device": device.id,
        "issued": NOW,
        "expires": NOW + certificates.LIFETIME,
    }
    return certificates.Certificate(**fields | changes)


def test_a_card_is_read_back_as_its_device_signed_it(alice):
    assert read_card(alice.signed_card()) == alice.card()


def test_a_card_that_another_device_signed_is_refused(alice, mallory):
    with pytest.raises(BadSignature):
        read_card(sign_card(mallory.key, alice.card()))


def test_a_changed_bit_anywhere_in_a_card_is_refused(alice):
    signed = alice.signed_card()
    for bit in range(0, len(signed.body) * 8, 61):
        body = bytearray(signed.body)
        body[bit // 8] ^= 1 << bit % 8
        with pytest.raises((BadSignature, Malformed)):
            read_card(Signed(bytes(body), signed.signature))


def test_a_signature_for_one_purpose_is_good_for_no_other(alice):
    signed = alice.signed_card()
    for purpose in set(Purpose) - {Purpose.CARD}:
        with pytest.raises(BadSignature):
            verify(alice.id, purpose, type(alice.card()), signed)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("203.0.113.7:10000", ("203.0.113.7", 10000)),
        ("[2001:db8::7]:1", ("2001:db8::7", 1)),
        ("node.example:65535", ("node.example", 65535)),
    ],
)
def test_an_address_is_a_host_and_a_port(text, parsed):
    assert parse_address(text) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "", ":1", "host", "host:", "host:0", "host:65536", "host:01", "host:１２", "0x7f000001:1", "2130706433:1",
        "0177.0.0.1:1", "127.1:1", "①②⑦.0.0.1:1", "h/../admin:1", "h?:1", "h#:1", "user@h:1", "h\r\n:1", "[::1:1",
        "[fe80::1%eth0]:1", "0.0.0.0:1", "[::]:1", "224.0.0.1:1", "255.255.255.255:1", "file:///etc:1", "h :1",
        "host\n:1", "2001:db8::7:1",
    ],
)  # fmt: skip
def test_an_address_in_any_other_spelling_is_refused(text):
    with pytest.raises(Malformed):
        parse_address(text)


def test_a_card_with_an_address_that_cannot_be_dialled_is_refused(alice):
    with pytest.raises(Malformed):
        read_card(sign_card(alice.key, alice.card(addresses=("0x7f000001:1",))))


def test_a_certificate_holds_until_its_end_and_through_the_grace_that_is_given(alice, server):
    signed = certificates.issue(server, certificate_for(alice))
    certificate = certificates.read_certificate(public_bytes(server), signed)
    assert certificates.is_current(certificate, NOW)
    assert not certificates.is_current(certificate, certificate.expires)
    assert certificates.is_current(certificate, certificate.expires, certificates.GRACE)
    assert not certificates.is_current(certificate, certificate.expires + certificates.GRACE, certificates.GRACE)


def test_a_certificate_of_another_server_is_refused(alice, mallory, server):
    signed = certificates.issue(mallory.key, certificate_for(alice))
    with pytest.raises(BadSignature):
        certificates.read_certificate(public_bytes(server), signed)


def test_a_certificate_for_longer_than_thirty_days_is_refused(alice, server):
    signed = certificates.issue(server, certificate_for(alice, expires=NOW + certificates.LIFETIME + 1))
    with pytest.raises(Malformed):
        certificates.read_certificate(public_bytes(server), signed)


def test_a_device_proves_its_key_for_one_nonce_and_one_person(alice):
    nonce = os.urandom(32)
    signed = certificates.request_certificate(alice.key, nonce, alice.person)
    certificates.check_request(signed, nonce, alice.person, alice.id)


@pytest.mark.parametrize("wrong", ["nonce", "person", "device"])
def test_nobody_gets_another_device_certified_as_theirs(alice, mallory, wrong):
    nonce = os.urandom(32)
    signed = certificates.request_certificate(alice.key, nonce, alice.person)
    claim = {"nonce": nonce, "person": alice.person, "device": alice.id}
    claim[wrong] = {"nonce": os.urandom(32), "person": mallory.person, "device": mallory.id}[wrong]
    with pytest.raises(BadSignature):
        certificates.check_request(signed, **claim)


def test_a_withdrawal_is_the_login_servers_word_only(alice, mallory, server):
    withdrawal = certificates.Withdrawal(1, alice.person, alice.id, NOW)
    signed = certificates.withdraw(server, withdrawal)
    assert certificates.read_withdrawal(public_bytes(server), signed) == withdrawal
    with pytest.raises(BadSignature):
        certificates.read_withdrawal(public_bytes(server), certificates.withdraw(mallory.key, withdrawal))


def test_a_person_adds_and_removes_devices_by_devices_on_the_list(alice, bob):
    chain = [statements.begin(alice.key, alice.person)]
    chain.append(statements.extend(alice.key, chain, statements.Action.ADD, bob.id))
    assert statements.devices_of(alice.person, chain) == {alice.id, bob.id}
    chain.append(statements.extend(bob.key, chain, statements.Action.REMOVE, alice.id))
    assert statements.devices_of(alice.person, chain) == {bob.id}


def test_a_stranger_cannot_extend_a_list(alice, mallory):
    chain = [statements.begin(alice.key, alice.person)]
    chain.append(statements.extend(mallory.key, chain, statements.Action.ADD, mallory.id))
    with pytest.raises(BrokenChain):
        statements.devices_of(alice.person, chain)


def test_a_removed_device_cannot_come_back(alice, bob):
    chain = [statements.begin(alice.key, alice.person)]
    for action in (statements.Action.ADD, statements.Action.REMOVE, statements.Action.ADD):
        chain.append(statements.extend(alice.key, chain, action, bob.id))
    with pytest.raises(BrokenChain):
        statements.devices_of(alice.person, chain)


def test_the_last_device_cannot_remove_itself(alice):
    chain = [statements.begin(alice.key, alice.person)]
    chain.append(statements.extend(alice.key, chain, statements.Action.REMOVE, alice.id))
    with pytest.raises(BrokenChain):
        statements.devices_of(alice.person, chain)


@pytest.mark.parametrize("change", ["cut", "swap", "repeat", "nothing", "person"])
def test_a_list_with_a_wrong_link_is_refused(alice, bob, change):
    chain = [statements.begin(alice.key, alice.person)]
    chain.append(statements.extend(alice.key, chain, statements.Action.ADD, bob.id))
    chain.append(statements.extend(bob.key, chain, statements.Action.REMOVE, alice.id))
    person = alice.person
    match change:
        case "cut":
            del chain[1]
        case "swap":
            chain[1], chain[2] = chain[2], chain[1]
        case "repeat":
            chain.append(chain[2])
        case "nothing":
            chain.clear()
        case "person":
            person = bob.person
    with pytest.raises(BrokenChain):
        statements.devices_of(person, chain)


def test_a_first_statement_signed_by_another_device_is_refused(alice, mallory):
    first = statements.Statement(
        alice.person, 1, statements.NOTHING_BEFORE, statements.Action.ADD, alice.id, mallory.id
    )
    with pytest.raises(BrokenChain):
        statements.devices_of(alice.person, [sign(mallory.key, Purpose.STATEMENT, first)])


def test_only_a_list_that_goes_on_from_the_pinned_one_extends_it(alice, bob):
    pinned = [statements.begin(alice.key, alice.person)]
    longer = [*pinned, statements.extend(alice.key, pinned, statements.Action.ADD, bob.id)]
    assert statements.extends(pinned, longer)
    assert statements.extends(pinned, pinned)
    assert not statements.extends(longer, pinned)
    assert not statements.extends(pinned, [statements.begin(bob.key, alice.person)])


def test_a_statement_with_an_unknown_action_is_malformed(alice):
    body = msgspec.msgpack.encode([alice.person, 1, bytes(32), "own", alice.id, alice.id])
    signature = alice.key.sign(Purpose.STATEMENT.value + b"\x00" + body)
    with pytest.raises(Malformed):
        statements.devices_of(alice.person, [Signed(body, signature)])
