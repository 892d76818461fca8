"""Writes docs/vectors/native-1.json: known answers for another implementation of docs/protocol.md.

`python -m tests.protocol.make_vectors` makes them anew, which only a new version of the protocol is a reason for. All
keys are made from the words beside them, so that nobody takes them for somebody's.
"""

import base64
import hashlib
import hmac
import json
import uuid
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from messaging.payloads import ChatMessage, ChatReceipt, direct_conversation
from peers.protocol import (
    bundle,
    certificate,
    comparison,
    envelope,
    payload,
    profile,
    pull,
    receipt,
    safety,
    sealing,
    server_card,
    statements,
)
from peers.protocol.card import ContactCard, sign_card
from peers.protocol.codec import encode
from peers.protocol.emoji import EMOJI
from peers.protocol.signing import public_bytes

PATH = Path(__file__).resolve().parents[2] / "docs" / "vectors" / "native-1.json"
NOW = 1_800_000_000


def seed(words: str) -> bytes:
    return hashlib.sha256(b"peernet test vector: " + words.encode()).digest()


def key(words: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed(words))


def sealing_secret(words: str) -> bytes:
    return seed(words + " 1") + seed(words + " 2") + seed(words + " 3")


def person(words: str) -> bytes:
    return seed(words)[:16]


def bobs_card() -> ContactCard:
    return ContactCard(
        person=person("bob"),
        device=public_bytes(key("bob")),
        version=3,
        olm_identity=seed("bob's Olm identity"),
        olm_fallback=seed("bob's Olm fallback"),
        sealing_key=sealing.public_of(sealing_secret("bob")),
        tls_fingerprint=seed("bob's TLS certificate"),
        addresses=["203.0.113.7:10000", "[2001:db8::7]:10000", "node.example:10000"],
    )


def payloads() -> list[payload.Payload]:
    bodies = [b"", "Grüße 👋".encode(), b"x" * 5000]
    alice, bob = public_bytes(key("alice")), public_bytes(key("bob"))
    return [
        payload.Payload(
            seed(f"payload {number}")[:16], "chat.message", bytes(16), seed("stream")[:16], number,
            (NOW * 1000) << 16, alice, bob, body,
        )
        for number, body in enumerate(bodies, 1)
    ]  # fmt: skip


def alices_profile() -> profile.Profile:
    return profile.Profile(
        person=person("alice"),
        device=public_bytes(key("alice")),
        version=NOW * 1000,
        updated=NOW,
        full_name="Alice Ärztin",
        position="Chief Medical Officer",
        location="Zürich",
        time_zone="Europe/Zurich",
        description="**Hearts**, and\nsailing 👩‍⚕️.",
        picture=b"",
    )


def first_pull() -> pull.Request:
    """Alice's first pull at Bob's node, which has named no nonce yet."""
    key_id = sealing.key_id(bobs_card().sealing_key)
    return pull.Request(public_bytes(key("alice")), public_bytes(key("bob")), key_id, None, None)


def handouts() -> list[pull.Handout]:
    """What Bob's node answers: a nonce to pull with, then nothing that waits, then a bundle."""
    nonces = [seed(f"nonce {number}") for number in (1, 2, 3)]
    return [
        pull.Handout(nonces[0], False, None),
        pull.Handout(nonces[1], True, None),
        pull.Handout(nonces[2], True, b"a bundle"),
    ]


def comparison_vector() -> dict[str, object]:
    """Return a comparison of emoji, made by hand: vodozemac takes no key of ours. A test holds the two together."""
    keys = {name: X25519PrivateKey.from_private_bytes(seed(f"{name}'s comparison key")) for name in ("alice", "bob")}
    public = {name: each.public_key().public_bytes_raw() for name, each in keys.items()}
    alice, bob = (
        comparison.Side(
            person(name),
            public_bytes(key(name)),
            seed(f"{name}'s Olm identity"),
            statements.digest(statements.begin(key(name), person(name))),
        )
        for name in ("alice", "bob")
    )
    over = comparison.Comparison(seed("comparison")[:16], alice, bob, public["alice"], public["bob"])
    encoded = encode(over).hex()
    secret = keys["alice"].exchange(keys["bob"].public_key())
    return {
        "secrets": {name: each.private_bytes_raw().hex() for name, each in keys.items()},
        "commitment": comparison.commitment(over.id, public["bob"]).hex(),
        "comparison": encoded,
        "emoji": [EMOJI[number][1] for number in emoji_by_hand(secret, encoded)],
        "proofs": {"alice": proof_by_hand(secret, encoded, alice), "bob": proof_by_hand(secret, encoded, bob)},
    }


def derive(secret: bytes, info: str, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=None, info=info.encode()).derive(secret)


def emoji_by_hand(secret: bytes, over: str) -> list[int]:
    """Return the seven numbers as Matrix makes them: the first 42 of 48 bits, six each."""
    bits = int.from_bytes(derive(secret, comparison.STRING + over, 6), "big") >> 6
    return [bits >> shift & 63 for shift in range(36, -1, -6)]


def proof_by_hand(secret: bytes, over: str, side: comparison.Side) -> str:
    key = derive(secret, f"{comparison.PROOF}{over}|{side.device.hex()}", 32)
    return base64.b64encode(hmac.digest(key, encode(side).hex().encode(), "sha256")).decode().rstrip("=")


def fixed_vectors() -> dict[str, object]:
    """Return what every correct implementation computes byte for byte."""
    server, alice, bob = key("login server"), key("alice"), key("bob")
    voids = [envelope.void(seed("stream")[:16], number) for number in (1, 2)]
    digests = [envelope.digest(each) for each in voids]
    manifest = bundle.Manifest(
        public_bytes(alice),
        public_bytes(bob),
        sealing.key_id(bobs_card().sealing_key),
        [bundle.Entry(digest, seed("stream")[:16], number) for number, digest in enumerate(digests, 1)],
    )
    chain = [statements.begin(alice, person("alice"))]
    chain.append(statements.extend(alice, chain, statements.Action.ADD, public_bytes(key("alice's second"))))
    issued = certificate.Certificate(
        bytes(16), person("alice"), "alice", public_bytes(alice), NOW, NOW + certificate.LIFETIME
    )
    withdrawn = certificate.Withdrawal(1, person("alice"), public_bytes(alice), NOW)
    halves = [safety.half(person(name), statements.begin(key(name), person(name)).body) for name in ("alice", "bob")]
    verdicts = [receipt.Verdict.VOIDED, receipt.Verdict.DUPLICATE]
    positions = [receipt.Position(seed("stream")[:16], 2)]
    shown = server_card.ServerCard(public_bytes(server), 2, seed("login server's TLS certificate"))
    people = [uuid.UUID(bytes=person(name)) for name in ("alice", "bob")]
    return {
        "secrets": {name: seed(name).hex() for name in ("login server", "alice", "bob", "alice's second")},
        "sealing_secret": sealing_secret("bob").hex(),
        "sealing_key": sealing.public_of(sealing_secret("bob")).hex(),
        "sealing_key_id": sealing.key_id(bobs_card().sealing_key).hex(),
        "card": encode(sign_card(bob, bobs_card())).hex(),
        "server_card": encode(server_card.sign_server_card(server, shown)).hex(),
        "certificate_request": encode(certificate.request_certificate(alice, seed("nonce"), person("alice"))).hex(),
        "certificate": encode(certificate.issue(server, issued)).hex(),
        "withdrawal": encode(certificate.withdraw(server, withdrawn)).hex(),
        "statements": [encode(each).hex() for each in chain],
        "statement_links": [statements.digest(each).hex() for each in chain],
        "padded_payloads": [payload.pad(each).hex() for each in payloads()],
        "conversation": direct_conversation(*people).hex(),
        "chat_message": encode(ChatMessage("Grüße 👋")).hex(),
        "chat_receipt": encode(ChatReceipt(seed("payload 1")[:16])).hex(),
        "voids": [each.hex() for each in voids],
        "digests": [each.hex() for each in digests],
        "manifest": encode(bundle.sign(alice, bundle.Purpose.BUNDLE, manifest)).hex(),
        "safety_halves": halves,
        "safety_number": safety.safety_number(*halves),
        "comparison": comparison_vector(),
        "profile": encode(profile.sign_profile(alice, alices_profile())).hex(),
        "pull_request": encode(bundle.sign(alice, bundle.Purpose.PULL, first_pull())).hex(),
        "handouts": [encode(each).hex() for each in handouts()],
        "receipt": encode(receipt.make_receipt(bob, public_bytes(alice), digests, verdicts, positions, NOW)).hex(),
    }


def sealed_vectors() -> dict[str, str]:
    """Return what is sealed to Bob's card. HPKE is randomised: these can only be opened again, not made again."""
    voids = [envelope.void(seed("stream")[:16], number) for number in (1, 2)]
    alice, reply = key("alice"), pull.Reply(seed("bundle"), b"an answer")
    return {
        "bundle": bundle.make_bundle(alice, bobs_card(), voids).hex(),
        "pull": pull.make_pull(alice, bobs_card(), seed("pull nonce"), reply).hex(),
    }


def main() -> None:
    held = json.loads(PATH.read_text()) if PATH.exists() else {}
    sealed = {name: held.get(name, data) for name, data in sealed_vectors().items()}
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(json.dumps(fixed_vectors() | sealed, indent=1) + "\n")


if __name__ == "__main__":
    main()
