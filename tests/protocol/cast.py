"""Devices for the stories: each has its keys and its card."""

import dataclasses
import os

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.protocol import bundle, envelope, sealing
from peers.protocol.card import ContactCard, sign_card
from peers.protocol.payload import Payload
from peers.protocol.ratchet import Account, Session
from peers.protocol.signing import Signed, public_bytes


@dataclasses.dataclass
class Device:
    key: Ed25519PrivateKey
    person: bytes
    account: Account
    secret: bytes

    @classmethod
    def new(cls) -> "Device":
        return cls(Ed25519PrivateKey.generate(), os.urandom(16), Account.new(), sealing.new_secret())

    @property
    def id(self) -> bytes:
        return public_bytes(self.key)

    def card(self, version: int = 1, addresses: tuple[str, ...] = ("203.0.113.7:10000",)) -> ContactCard:
        return ContactCard(
            person=self.person,
            device=self.id,
            version=version,
            olm_identity=self.account.identity,
            olm_fallback=self.account.fallback,
            sealing_key=sealing.public_of(self.secret),
            tls_fingerprint=bytes(32),
            addresses=list(addresses),
        )

    def signed_card(self) -> Signed:
        return sign_card(self.key, self.card())

    def session_to(self, other: "Device") -> Session:
        card = other.card()
        return self.account.start_session(card.olm_identity, card.olm_fallback)

    def payload(self, recipient: "Device", number: int = 1, body: bytes = b"hello") -> Payload:
        return Payload(
            id=os.urandom(16),
            kind="chat.message",
            conversation=bytes(16),
            stream=bytes(15) + b"s",
            number=number,
            clock=1,
            sender=self.id,
            recipient=recipient.id,
            body=body,
        )

    def open(self, sender: "Device", sessions: list[Session], data: bytes) -> envelope.Opened:
        return envelope.open_envelope(
            self.account,
            sessions,
            envelope.decode_envelope(data),
            sender.account.identity,
            sender.id,
            self.id,
        )

    def receive(self, sender: "Device", data: bytes) -> list[envelope.Envelope]:
        contents = bundle.open_bundle([self.secret], self.id, data)
        key_id = sealing.key_id(sealing.public_of(self.secret))
        return bundle.verify_bundle(contents, sender.id, self.id, key_id)
