"""Cards: a device's own, newer ones only, and never by the token alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import devices, services
from accounts.models import PersonDevice
from peers.protocol.card import sign_card
from peers.protocol.codec import encode
from tests.directory.conftest import MemberNode
from tests.protocol.cast import Device


def code_of(answer):
    return answer.status_code, answer.json().get("error")


REFUSED = (409, "card-refused")


def test_bob_reads_the_card_that_alices_device_signed(alices, bobs):
    assert (alices.publish().status_code, alices.publish().json()) == (200, {})
    assert bobs.sees(alices)["card"] == alices.card()


def test_a_newer_card_replaces_the_older(alices, bobs):
    alices.publish(1)
    assert alices.publish(2).status_code == 200
    assert bobs.sees(alices)["card"] == alices.card(2)


def test_the_same_card_again_is_no_change(alices):
    alices.publish()
    change = alices.entry.change
    assert alices.publish().status_code == 200
    assert alices.entry.change == change


def test_an_older_card_is_refused_and_the_newer_stays(alices, bobs):
    alices.publish(2)
    answer = alices.publish(1)
    assert code_of(answer) == REFUSED
    assert "Version 2" in answer.json()["sentence"]
    assert bobs.sees(alices)["card"] == alices.card(2)


def test_another_card_of_the_same_version_is_refused(alices, bobs):
    alices.publish(1)
    moved = encode(sign_card(alices.device.key, alices.device.card(1, ("203.0.113.99:10000",)))).hex()
    assert code_of(alices.post("card", card=moved)) == REFUSED
    assert bobs.sees(alices)["card"] == alices.card(1)


def test_without_a_token_no_card_is_taken(alices, node):
    assert code_of(node.post("card", card=alices.card())) == (401, "not-signed-in")


def test_mallory_cannot_publish_alices_card(alices, mallorys):
    assert code_of(mallorys.post("card", card=alices.card())) == REFUSED
    assert alices.entry.card_version == 0


def test_a_stolen_token_cannot_change_a_card(alices):
    """Mallory has Alice's token and her own key: she signs a card that names Alice's device."""
    forged = sign_card(Device.new().key, alices.device.card())
    assert code_of(alices.post("card", card=encode(forged).hex())) == REFUSED


def test_a_card_that_names_another_person_is_refused(alices, bobs):
    alices.device.person = bobs.device.person
    assert code_of(alices.publish()) == REFUSED


def test_a_device_that_was_never_certified_has_no_card_here(alices):
    stranger = Device.new()
    stranger.person = alices.device.person
    assert code_of(alices.post("card", card=encode(stranger.signed_card()).hex())) == REFUSED


def test_a_withdrawn_device_publishes_nothing(alices, alice):
    devices.withdraw(alices.row)
    other = MemberNode(alice)
    assert code_of(other.post("card", card=alices.card())) == REFUSED


def test_an_expired_certificate_publishes_nothing_until_it_is_renewed(alices):
    PersonDevice.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert code_of(alices.publish()) == REFUSED
    alices.certify()
    assert alices.publish().status_code == 200


def test_a_closed_account_publishes_nothing(alices, alice):
    services.deactivate(alice.person)
    assert code_of(alices.publish()) == (401, "not-signed-in")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"card": ""}, 409),
        ({"card": "00" * 40}, 409),
        ({"card": "AB"}, 422),
        ({"card": "abc"}, 422),
        ({"card": 1}, 422),
        ({"card": "00", "more": 1}, 422),
        ({}, 422),
        ({"card": "00" * 20_000}, 413),
    ],
)
def test_what_is_no_card_is_refused(alices, body, status):
    assert alices.post("card", **body).status_code == status
    assert alices.entry.card_version == 0


def test_a_card_with_a_changed_byte_is_refused(alices):
    card = bytearray.fromhex(alices.card())
    card[100] ^= 1
    assert code_of(alices.post("card", card=bytes(card).hex())) == REFUSED
