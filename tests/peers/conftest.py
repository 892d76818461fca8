"""Bob has a node with a database; Alice, whom he pinned, and Mallory, whom he did not, are bare protocol."""

import uuid

import pytest
from asgiref.sync import sync_to_async

from peers import database
from peers import own as own_device
from peers.models import KnownPerson, OwnDevice, PeerDevice
from peers.protocol.card import ContactCard, read_card
from peers.protocol.codec import encode
from tests.protocol.cast import Device


def known(device: Device, *, pinned: bool) -> PeerDevice:
    return PeerDevice.objects.create(
        device=device.id,
        person=KnownPerson.objects.get_or_create(id=uuid.UUID(bytes=device.person))[0],
        card=encode(device.signed_card()),
        card_version=1,
        pinned=pinned,
    )


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """Views under test share the test's own connection, and with it the transaction that is rolled back."""
    monkeypatch.setattr(database, "run", lambda function, *args: sync_to_async(function)(*args))


@pytest.fixture
def alice() -> Device:
    return Device.new()


@pytest.fixture
def mallory() -> Device:
    return Device.new()


@pytest.fixture
def bob(db) -> OwnDevice:
    own = own_device.create_device(b"b" * 16)
    own_device.publish_card(own, ["198.51.100.4:10000"], bytes(32))
    return own


@pytest.fixture
def bobs_card(bob) -> ContactCard:
    return read_card(own_device.current_card(bob))


@pytest.fixture
def known_alice(bob, alice) -> PeerDevice:
    return known(alice, pinned=True)


@pytest.fixture
def known_mallory(bob, mallory) -> PeerDevice:
    return known(mallory, pinned=False)
