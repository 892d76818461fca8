"""Pulls, and what Mallory makes of them."""

import os

import pytest

from peers.protocol import bundle, pull, sealing
from peers.protocol.codec import encode
from peers.protocol.errors import BadSignature, CannotOpen, Malformed, TooLarge, WrongRecipient
from peers.protocol.signing import Purpose, sign

NONCE = bytes(31) + b"n"


def received(recipient, sender, data):
    contents, key_id = pull.open_pull([recipient.secret], recipient.id, data)
    return pull.verify_pull(contents, sender.id, recipient.id, key_id)


def test_a_pull_names_its_nonce_and_what_came_of_the_last_bundle(alice, bob):
    reply = pull.Reply(bytes(32), b"a receipt")
    request = received(alice, bob, pull.make_pull(bob.key, alice.card(), NONCE, reply))
    assert (request.sender, request.nonce, request.reply) == (bob.id, NONCE, reply)


def test_a_pull_brings_the_pullers_card_along(alice, bob):
    data = pull.make_pull(bob.key, alice.card(), None, card=bob.signed_card())
    contents, _ = pull.open_pull([alice.secret], alice.id, data)
    assert contents.card == bob.signed_card()
    assert pull.claimed_sender(contents) == bob.id


def test_the_outside_of_a_pull_names_nobody(alice, bob):
    data = pull.make_pull(bob.key, alice.card(), NONCE, card=bob.signed_card())
    assert not any(named in data for named in (bob.id, alice.id, bob.person, NONCE))


def test_a_pull_for_alice_opens_for_nobody_else(alice, bob, mallory):
    data = pull.make_pull(bob.key, alice.card(), NONCE)
    with pytest.raises(CannotOpen):
        pull.open_pull([mallory.secret], mallory.id, data)
    with pytest.raises(CannotOpen):
        pull.open_pull([alice.secret], mallory.id, data)


def test_a_pull_that_mallory_signed_is_none_of_bobs(alice, bob, mallory):
    with pytest.raises(BadSignature):
        received(alice, bob, pull.make_pull(mallory.key, alice.card(), NONCE))


def test_mallory_cannot_pass_bobs_pull_on_to_carol(alice, bob, mallory):
    contents, _ = pull.open_pull([mallory.secret], mallory.id, pull.make_pull(bob.key, mallory.card(), NONCE))
    key_id = sealing.key_id(alice.card().sealing_key)
    with pytest.raises(WrongRecipient):
        pull.verify_pull(contents, bob.id, alice.id, key_id)


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.PULL])
def test_a_signature_for_something_else_is_no_pull(alice, bob, purpose):
    key_id = sealing.key_id(alice.card().sealing_key)
    request = pull.Request(bob.id, alice.id, key_id, NONCE, None)
    with pytest.raises(BadSignature):
        pull.verify_pull(pull.Contents(sign(bob.key, purpose, request), None, None), bob.id, alice.id, key_id)


def test_a_bundle_is_no_pull_and_a_pull_no_bundle(alice, bob):
    with pytest.raises(CannotOpen):
        pull.open_pull([alice.secret], alice.id, bundle.make_bundle(bob.key, alice.card(), []))
    with pytest.raises(CannotOpen):
        bundle.open_bundle([alice.secret], alice.id, pull.make_pull(bob.key, alice.card(), NONCE))


@pytest.mark.parametrize("nonce", [b"", bytes(31), bytes(33)])
def test_a_nonce_has_32_bytes(alice, bob, nonce):
    with pytest.raises(Malformed):
        received(alice, bob, pull.make_pull(bob.key, alice.card(), nonce))


def test_a_changed_pull_does_not_open(alice, bob):
    data = bytearray(pull.make_pull(bob.key, alice.card(), NONCE))
    data[-1] ^= 1
    with pytest.raises(CannotOpen):
        pull.open_pull([alice.secret], alice.id, bytes(data))


def test_a_pull_has_a_cap(alice):
    key_id = sealing.key_id(alice.card().sealing_key)
    with pytest.raises((Malformed, TooLarge)):
        pull.open_pull([alice.secret], alice.id, encode(pull.Pull(1, key_id, os.urandom(pull.MAX_SEALED + 1))))
