"""Bundles and receipts, and what Mallory makes of them."""

import random

import msgspec
import pytest

from peers.protocol import bundle, envelope, sealing
from peers.protocol.codec import decode, encode
from peers.protocol.errors import BadSignature, CannotOpen, Malformed, ProtocolError, TooLarge, WrongRecipient
from peers.protocol.receipt import Position, Verdict, make_receipt, read_receipt
from peers.protocol.signing import Purpose, sign


def sealed_envelopes(sender, recipient, count=3):
    session = sender.session_to(recipient)
    return [envelope.seal(session, sender.payload(recipient, number)) for number in range(1, count + 1)]


def reseal(recipient, contents):
    card = recipient.card()
    key_id = sealing.key_id(card.sealing_key)
    sealed = sealing.seal(card.sealing_key, bundle.INFO + card.device, encode(contents))
    return encode(bundle.Bundle(bundle.VERSION, key_id, sealed))


def contents_of(recipient, data):
    return bundle.open_bundle([recipient.secret], recipient.id, data)


def test_a_bundle_brings_its_envelopes_in_order(alice, bob):
    received = bob.receive(alice, bundle.make_bundle(alice.key, bob.card(), sealed_envelopes(alice, bob)))
    assert [each.number for each in received] == [1, 2, 3]


def test_a_knock_is_a_bundle_without_envelopes(alice, bob):
    assert bob.receive(alice, bundle.make_bundle(alice.key, bob.card(), [])) == []


def test_a_bundle_brings_the_senders_card_along(alice, bob):
    data = bundle.make_bundle(alice.key, bob.card(), [], card=alice.signed_card())
    assert contents_of(bob, data).card == alice.signed_card()


def test_the_outside_of_a_bundle_does_not_name_its_sender(alice, bob):
    data = bundle.make_bundle(alice.key, bob.card(), sealed_envelopes(alice, bob), alice.signed_card())
    assert alice.id not in data
    assert alice.person not in data


def test_the_sealing_key_before_the_last_rotation_still_opens(alice, bob):
    data = bundle.make_bundle(alice.key, bob.card(), [])
    contents = bundle.open_bundle([sealing.new_secret(), bob.secret], bob.id, data)
    assert bundle.claimed_sender(contents) == alice.id


def test_a_bundle_for_bob_opens_for_nobody_else(alice, bob, mallory):
    data = bundle.make_bundle(alice.key, bob.card(), [])
    with pytest.raises(CannotOpen):
        bundle.open_bundle([mallory.secret], mallory.id, data)
    with pytest.raises(CannotOpen):
        bundle.open_bundle([bob.secret], mallory.id, data)


def test_a_forged_sender_is_refused(alice, bob, mallory):
    with pytest.raises(BadSignature):
        bob.receive(alice, bundle.make_bundle(mallory.key, bob.card(), sealed_envelopes(mallory, bob)))


def test_bob_cannot_pass_alices_bundle_on_to_carol_as_hers(alice, bob):
    from tests.protocol.cast import Device

    carol = Device.new()
    contents = contents_of(bob, bundle.make_bundle(alice.key, bob.card(), sealed_envelopes(alice, bob)))
    with pytest.raises(WrongRecipient):
        carol.receive(alice, reseal(carol, contents))


@pytest.mark.parametrize("change", ["drop", "swap", "add", "void"])
def test_envelopes_other_than_the_signed_ones_are_refused(alice, bob, change):
    contents = contents_of(bob, bundle.make_bundle(alice.key, bob.card(), sealed_envelopes(alice, bob)))
    first, second, third = contents.envelopes
    envelopes = {
        "drop": [first, third],
        "swap": [second, first, third],
        "add": [first, second, third, third],
        "void": [first, second, envelope.void(bytes(15) + b"s", 3)],
    }[change]
    with pytest.raises(Malformed):
        bob.receive(alice, reseal(bob, msgspec.structs.replace(contents, envelopes=envelopes)))


def test_a_changed_bit_anywhere_in_a_bundle_is_refused(alice, bob):
    data = bundle.make_bundle(alice.key, bob.card(), sealed_envelopes(alice, bob))
    for bit in [*range(64), *random.Random(7).sample(range(len(data) * 8), 300)]:
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ProtocolError):
            bob.receive(alice, bytes(changed))


@pytest.mark.parametrize("version", [0, 2])
def test_a_bundle_of_another_version_is_refused(alice, bob, version):
    good = decode(bundle.Bundle, bundle.make_bundle(alice.key, bob.card(), []))
    with pytest.raises(Malformed):
        bob.receive(alice, encode(msgspec.structs.replace(good, version=version)))


def test_more_than_64_envelopes_do_not_fit(alice, bob):
    with pytest.raises(TooLarge):
        bundle.make_bundle(alice.key, bob.card(), [envelope.void(bytes(16), n) for n in range(1, 66)])


def test_more_than_a_mebibyte_does_not_fit(alice, bob):
    session = alice.session_to(bob)
    big = [envelope.seal(session, alice.payload(bob, n, bytes(90_000))) for n in range(1, 13)]
    with pytest.raises(TooLarge):
        bundle.make_bundle(alice.key, bob.card(), big)


def receipt_for(recipient, sender, digests, verdicts):
    return make_receipt(recipient.key, sender.id, digests, verdicts, [Position(bytes(16), len(digests))], 1)


def test_a_receipt_names_a_verdict_for_each_envelope(alice, bob):
    digests = [envelope.digest(each) for each in sealed_envelopes(alice, bob, 2)]
    signed = receipt_for(bob, alice, digests, [Verdict.STORED, Verdict.DUPLICATE])
    receipt = read_receipt(signed, alice.id, bob.id, digests)
    assert receipt.verdicts == [Verdict.STORED, Verdict.DUPLICATE]


def test_a_receipt_that_another_device_signed_is_no_receipt(alice, bob, mallory):
    signed = receipt_for(mallory, alice, [bytes(32)], [Verdict.STORED])
    with pytest.raises(BadSignature):
        read_receipt(signed, alice.id, bob.id, [bytes(32)])


@pytest.mark.parametrize("wrong", ["sender", "digests", "verdicts"])
def test_a_receipt_for_something_else_is_no_receipt(alice, bob, mallory, wrong):
    sender = mallory if wrong == "sender" else alice
    digests = [b"x" * 32] if wrong == "digests" else [bytes(32)]
    verdicts = [] if wrong == "verdicts" else [Verdict.STORED]
    signed = receipt_for(bob, sender, digests, verdicts)
    with pytest.raises(BadSignature):
        read_receipt(signed, alice.id, bob.id, [bytes(32)])


def test_a_bundles_signature_is_no_receipt(alice, bob):
    manifest = bundle.Manifest(bob.id, alice.id, bytes(8), [])
    with pytest.raises(BadSignature):
        read_receipt(sign(bob.key, Purpose.BUNDLE, manifest), alice.id, bob.id, [])
