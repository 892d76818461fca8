"""A profile is its person's own word: signed, bounded, and with nothing invisible in it."""

import msgspec
import pytest

from peers.protocol.codec import decode, encode
from peers.protocol.errors import BadSignature, Malformed
from peers.protocol.profile import (
    MAX_DESCRIPTION,
    MAX_LINE,
    MAX_PICTURE,
    MAX_SIGNED,
    Profile,
    read_profile,
    sign_profile,
)
from peers.protocol.signing import Purpose, Signed, sign
from tests.protocol.cast import Device


def profile_of(device: Device, **changes) -> Profile:
    fields = {
        "person": device.person,
        "device": device.id,
        "version": 1,
        "updated": 1_800_000_000,
        "full_name": "Alice Ärztin",
        "position": "Chief Medical Officer",
        "location": "Zürich",
        "time_zone": "Europe/Zurich",
        "description": "**Hearts**, and\nsailing 👩‍⚕️.",
        "picture": b"",
    }
    return Profile(**{**fields, **changes})


def test_a_profile_is_read_as_it_was_signed(alice):
    profile = profile_of(alice)
    assert read_profile(sign_profile(alice.key, profile)) == profile


def test_a_profile_that_mallory_signed_for_alice_is_refused(alice, mallory):
    with pytest.raises(BadSignature):
        read_profile(sign_profile(mallory.key, profile_of(alice)))


def test_a_changed_byte_is_noticed(alice):
    signed = sign_profile(alice.key, profile_of(alice))
    body = signed.body.replace(b"Medical", b"Radical")
    with pytest.raises(BadSignature):
        read_profile(Signed(body, signed.signature))


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.PROFILE])
def test_a_signature_for_something_else_is_none_for_a_profile(alice, purpose):
    with pytest.raises(BadSignature):
        read_profile(sign(alice.key, purpose, profile_of(alice)))


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "x" * (MAX_LINE + 1)},
        {"position": "x" * (MAX_LINE + 1)},
        {"location": "x" * (MAX_LINE + 1)},
        {"description": "x" * (MAX_DESCRIPTION + 1)},
        {"picture": bytes(MAX_PICTURE + 1)},
        {"time_zone": "Europe/../../etc/passwd"},
        {"time_zone": "x" * 65},
        {"full_name": "Alice\u202egnp"},
        {"full_name": "Al\u200bice"},
        {"full_name": "Alice\nBob"},
        {"full_name": " Alice"},
        {"position": "CEO\x00"},
        {"location": "\u2066Zürich\u2069"},
        {"description": "left \u202e right"},
        {"description": "\x1b[31m"},
        {"version": 0},
        {"updated": -1},
        {"person": b"short"},
    ],
    ids=str,
)
def test_what_is_too_long_or_deceives_is_refused(alice, changes):
    with pytest.raises(Malformed):
        read_profile(sign_profile(alice.key, profile_of(alice, **changes)))


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "محمد", "نمی\u200cخواهم", "👩\u200d⚕️ Alice", "'; DROP TABLE", "new emoji \U0001faf9"],
)
def test_scripts_joiners_and_code_are_only_words(alice, name):
    assert read_profile(sign_profile(alice.key, profile_of(alice, full_name=name))).full_name == name


@pytest.mark.parametrize("field", [each.name for each in msgspec.structs.fields(Profile)])
@pytest.mark.parametrize("value", [None, True, 1.5, [], {}], ids=repr)
def test_each_field_has_one_type(alice, field, value):
    body = list(msgspec.structs.astuple(profile_of(alice)))
    body[[each.name for each in msgspec.structs.fields(Profile)].index(field)] = value
    raw = msgspec.msgpack.encode(body)
    signature = alice.key.sign(Purpose.PROFILE.value + b"\x00" + raw)
    with pytest.raises(Malformed):
        read_profile(Signed(raw, signature))


def test_the_largest_profile_fits_into_a_payload(alice):
    longest = dict.fromkeys(("full_name", "position", "location"), "👩" * MAX_LINE)
    profile = profile_of(alice, description="👩" * MAX_DESCRIPTION, picture=bytes(MAX_PICTURE), **longest)
    encoded = encode(sign_profile(alice.key, profile))
    assert len(encoded) <= MAX_SIGNED
    assert read_profile(decode(Signed, encoded, MAX_SIGNED)) == profile
