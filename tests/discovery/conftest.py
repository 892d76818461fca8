"""Bob's node and a login server's directory, as entries made by hand: signed where they must be, or lying."""

import dataclasses
import os
import time
import uuid

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers import entries, people
from peers.models import LoginServer, PeerDevice
from peers.protocol.card import sign_card
from peers.protocol.certificate import Certificate
from peers.protocol.codec import encode
from peers.protocol.signing import Purpose, Signed, public_bytes, sign
from peers.protocol.statements import begin
from tests.peers.conftest import bob
from tests.protocol.cast import Device

__all__ = ["bob"]

DAY = 24 * 60 * 60


@dataclasses.dataclass
class Directory:
    """The login server: it certifies, and says who is there."""

    key: Ed25519PrivateKey
    server: LoginServer
    cursor: int = 0

    def certificate(self, device: Device, name: str, key: Ed25519PrivateKey | None = None, days: int = 30) -> Signed:
        now = int(time.time())
        fields = Certificate(os.urandom(16), device.person, name, device.id, now, now + days * DAY)
        return sign(key or self.key, Purpose.CERTIFICATE, fields)

    def entry(self, device: Device, name: str = "alice", /, **changes) -> dict:
        """Return what an honest directory says about a device, but for `changes`."""
        return {
            "person": str(uuid.UUID(bytes=device.person)),
            "name": name,
            "display_name": name.title(),
            "active": True,
            "device": device.id.hex(),
            "card": encode(sign_card(device.key, device.card())).hex(),
            "certificate": encode(self.certificate(device, name)).hex(),
            "statements": [encode(begin(device.key, device.person)).hex()],
            "online": True,
            "last_seen": None,
            "withdrawn": False,
            **changes,
        }

    def tell(self, *told: dict) -> list[int]:
        """Bob's node reads entries as its follower does; return the devices that became reachable."""
        from peers.follower import _verify

        verified = [entry for each in told if (entry := _verify(bytes(self.server.key), raw(each)))]
        self.cursor += 1
        return people.apply(self.server, verified, self.cursor)

    def verify(self, told: dict) -> entries.Entry:
        return entries.verify(bytes(self.server.key), raw(told))


def raw(told: dict) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(told))


@pytest.fixture
def directory(bob) -> Directory:
    key = Ed25519PrivateKey.generate()
    server = LoginServer.objects.create(address="127.0.0.1:1", key=public_bytes(key), token="bob-is-signed-in")  # noqa: S106
    return Directory(key, server)


@pytest.fixture
def alice() -> Device:
    return Device.new()


@pytest.fixture
def mallory() -> Device:
    return Device.new()


def pinned(device: Device) -> bool:
    return PeerDevice.objects.filter(device=device.id, pinned=True).exists()
