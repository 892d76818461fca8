"""Alice and Bob compare seven emoji, and Mallory in the middle is seen."""

import dataclasses

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from peers.protocol import comparison as wire
from peers.protocol.codec import encode
from peers.protocol.comparison import Comparison, Shown, Side
from peers.protocol.emoji import EMOJI
from peers.protocol.errors import BadSignature, Malformed
from peers.protocol.ratchet import Sas
from peers.protocol.statements import begin, digest
from tests.protocol.cast import Device
from tests.protocol.make_vectors import emoji_by_hand, proof_by_hand

ID = bytes(range(16))


def side_of(device: Device) -> Side:
    return Side(device.person, device.id, device.account.identity, digest(begin(device.key, device.person)))


@dataclasses.dataclass
class Seat:
    """One side of a comparison: who they are, whom they take the other for, and their key."""

    own: Side
    their: Side
    sas: Sas = dataclasses.field(default_factory=Sas)

    def ask(self, key: bytes) -> Shown:
        return Shown(self.sas, Comparison(ID, self.own, self.their, self.sas.key, key), we_ask=True)

    def answer(self, key: bytes) -> Shown:
        return Shown(self.sas, Comparison(ID, self.their, self.own, key, self.sas.key), we_ask=False)


def test_both_see_the_same_seven_and_each_takes_the_others_proof(alice, bob):
    a, b = Seat(side_of(alice), side_of(bob)), Seat(side_of(bob), side_of(alice))
    hers, his = a.ask(b.sas.key), b.answer(a.sas.key)
    assert hers.emoji() == his.emoji()
    assert len(hers.emoji()) == 7
    hers.check(his.prove())
    his.check(hers.prove())


def test_mallory_between_them_with_keys_of_his_own_makes_other_emoji(alice, bob, mallory):
    as_bob, as_alice = side_of(mallory), side_of(mallory)
    a, b = Seat(side_of(alice), as_bob), Seat(side_of(bob), as_alice)
    to_alice, to_bob = Seat(as_bob, side_of(alice)), Seat(as_alice, side_of(bob))
    hers, his = a.ask(to_alice.sas.key), b.answer(to_bob.sas.key)
    assert hers.emoji() != his.emoji()
    with pytest.raises(BadSignature):
        hers.check(his.prove())


def test_mallory_who_only_passes_the_keys_on_makes_other_emoji_too(alice, bob, mallory):
    a, b = Seat(side_of(alice), side_of(mallory)), Seat(side_of(bob), side_of(mallory))
    hers, his = a.ask(b.sas.key), b.answer(a.sas.key)
    assert hers.emoji() != his.emoji()
    with pytest.raises(BadSignature):
        his.check(hers.prove())


@pytest.mark.parametrize("field", ["person", "device", "olm_identity", "list"])
def test_whatever_the_two_hold_differently_of_each_other_changes_the_emoji(alice, bob, field):
    held = side_of(bob)
    wrong = msgspec.structs.replace(held, **{field: bytes(len(getattr(held, field)))})
    a, b = Seat(side_of(alice), wrong), Seat(side_of(bob), side_of(alice))
    assert a.ask(b.sas.key).emoji() != b.answer(a.sas.key).emoji()


def test_mallory_cannot_look_for_a_key_after_the_commitment():
    promised, other = Sas().key, Sas().key
    wire.check_commitment(wire.commitment(ID, promised), ID, promised)
    for key, comparison in ((other, ID), (promised, bytes(16))):
        with pytest.raises(BadSignature):
            wire.check_commitment(wire.commitment(ID, promised), comparison, key)


@pytest.mark.parametrize("key", [bytes(32), b"\x01" + bytes(31), bytes(31)])
def test_a_key_that_is_too_weak_makes_no_string(key):
    with pytest.raises(Malformed):
        Sas().agree(key)


@pytest.mark.parametrize("mac", ["", "x", "A" * 43, "é"])
def test_what_is_no_proof_is_refused(alice, bob, mac):
    a, b = Seat(side_of(alice), side_of(bob)), Seat(side_of(bob), side_of(alice))
    with pytest.raises(BadSignature):
        a.ask(b.sas.key).check(mac)


def test_ones_own_proof_sent_back_is_refused(alice, bob):
    a, b = Seat(side_of(alice), side_of(bob)), Seat(side_of(bob), side_of(alice))
    hers = a.ask(b.sas.key)
    with pytest.raises(BadSignature):
        hers.check(hers.prove())


def test_there_are_64_emoji_with_a_name_each():
    assert len({emoji for emoji, _ in EMOJI}) == len({name for _, name in EMOJI}) == len(EMOJI) == 64


def test_the_string_and_the_proof_are_what_the_protocol_says(alice, bob):
    """So that the published vector, which is made by hand, is what vodozemac makes."""
    key = X25519PrivateKey.generate()
    b = Seat(side_of(bob), side_of(alice))
    shown = b.answer(key.public_key().public_bytes_raw())
    secret = key.exchange(X25519PublicKey.from_public_bytes(b.sas.key))
    over = encode(
        Comparison(ID, b.their, b.own, key.public_key().public_bytes_raw(), b.sas.key),
    ).hex()
    assert shown.emoji() == [EMOJI[number] for number in emoji_by_hand(secret, over)]
    assert shown.prove() == proof_by_hand(secret, over, b.own)
