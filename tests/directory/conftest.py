"""Alice and Bob are signed in at nodes with certified devices. Mallory has an account too, and attacks."""

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache

from accounts.models import PersonDevice
from peers import database
from peers.models import DirectoryEntry
from peers.protocol.card import sign_card
from peers.protocol.certificate import request_certificate
from peers.protocol.codec import encode
from peers.protocol.statements import begin
from tests.accounts.conftest import Member, Node, alice, bob, boss, make_member, node, plain_house
from tests.protocol.cast import Device

__all__ = ["alice", "bob", "boss", "node", "plain_house"]


@pytest.fixture(autouse=True)
def nodes_door(plain_house, settings, monkeypatch):
    """The nodes' door, nothing kept from an earlier test, and the test's own connection and transaction."""
    settings.ROOT_URLCONF = "peernet.urls_login_api"
    # As on that door: a middleware would hold a thread for each call that waits.
    settings.MIDDLEWARE = []
    cache.clear()
    for name in ("run", "read"):
        monkeypatch.setattr(database, name, lambda function, *args: sync_to_async(function)(*args))


class MemberNode(Node):
    """The node of a member: signed in, with a certified device that stands on the member's list."""

    def __init__(self, member: Member) -> None:
        super().__init__()
        self.member, self.device = member, Device.new()
        self.device.person = member.person.pk.bytes
        assert self.sign_in(member.person.user_name, member.fresh_code()).status_code == 200
        assert self.certify().status_code == 200

    def certify(self):
        nonce = bytes.fromhex(self.post("certificate/nonce").json()["nonce"])
        proof = request_certificate(self.device.key, nonce, self.device.person)
        return self.post("certificate", device=self.device.id.hex(), proof=encode(proof).hex())

    def begin_list(self):
        return self.post("statements", statement=encode(begin(self.device.key, self.device.person)).hex())

    def card(self, version: int = 1) -> str:
        return encode(sign_card(self.device.key, self.device.card(version))).hex()

    def publish(self, version: int = 1):
        return self.post("card", card=self.card(version))

    def report(self, version: int = 1):
        return self.post("presence", device=self.device.id.hex(), version=version)

    def changes(self, since: int = 0, wait: int = 0) -> dict:
        answer = self.get(f"changes?since={since}&wait={wait}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def sees(self, other: "MemberNode") -> dict:
        """Return what the directory says about another device."""
        return next(each for each in self.changes()["changes"] if each["device"] == other.device.id.hex())

    @property
    def row(self) -> PersonDevice:
        return PersonDevice.objects.get(key=self.device.id)

    @property
    def entry(self) -> DirectoryEntry:
        return DirectoryEntry.objects.get(device__key=self.device.id)


@pytest.fixture
def alices(alice) -> MemberNode:
    return MemberNode(alice)


@pytest.fixture
def bobs(bob) -> MemberNode:
    return MemberNode(bob)


@pytest.fixture
def mallorys(db) -> MemberNode:
    return MemberNode(make_member("mallory"))
