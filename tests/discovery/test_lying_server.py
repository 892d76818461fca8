"""A login server tells each lie that it can, over its real TLS door, to Bob's real client and follower.

After each, Bob writes to Alice: whatever is sealed, is sealed to her own device.
"""

import contextlib
import http.server
import json
import ssl
import threading
import time
import uuid

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.models import AuditEntry
from messaging.conversations import conversation_with
from messaging.errors import CannotWriteTo
from messaging.models import Message, Notice
from messaging.sending import Composed, send_message
from peernet.server.tls import make_pair
from peers import people
from peers.attempts import Carrier
from peers.follower import Follower
from peers.login_server import LoginServerClient, WrongServer
from peers.models import Delivery, KnownPerson, LoginServer, OlmSession, PeerDevice
from peers.own import present_device
from peers.protocol.card import sign_card
from peers.protocol.codec import encode
from peers.protocol.receipt import Answer, Verdict, make_receipt
from peers.protocol.server_card import ServerCard, sign_server_card
from peers.protocol.signing import Signed, public_bytes
from peers.protocol.statements import Action, begin, extend
from profiles.cards import card_of
from tests.discovery.conftest import Directory, pinned
from tests.protocol.cast import Device

What = AuditEntry.What


class Door:
    """A TLS door on loopback that answers as the story wants, and keeps what came in."""

    def __init__(self, tmp_path, name: str = "door") -> None:
        pair = make_pair()
        path = tmp_path / f"{name}.pem"
        path.write_bytes(pair)
        self.fingerprint = x509.load_pem_x509_certificate(pair).fingerprint(hashes.SHA256())
        self.answers: dict[str, bytes] = {}
        self.came: list[tuple[str, bytes]] = []
        door = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.partition("?")[0]
                door.came.append((path, body))
                answer = door.answers.get(path)
                self.send_response(404 if answer is None else 200)
                kind = "application/json" if path.startswith("/api/") else "application/x-peernet"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer or b"")))
                self.end_headers()
                self.wfile.write(answer or b"")

            do_GET = do_POST

            def log_message(self, *args: object) -> None:
                """Nobody reads it."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(path)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def door(tmp_path):
    with contextlib.closing(Door(tmp_path)) as made:
        yield made


@pytest.fixture
def mallorys_door(tmp_path):
    with contextlib.closing(Door(tmp_path, "mallory")) as made:
        yield made


class Liar:
    """The login server, whose key Bob pinned, and its directory."""

    def __init__(self, door: Door, directory: Directory) -> None:
        self.door, self.directory = door, directory
        self.cursor = 0
        card = ServerCard(public_bytes(directory.key), 1, door.fingerprint)
        LoginServer.objects.filter(pk=directory.server.pk).update(
            address=door.address, card=encode(sign_server_card(directory.key, card)), card_version=1
        )
        self.client = LoginServerClient(LoginServer.objects.get())
        self.follower = Follower(lambda peer: None)

    def says(self, *entries: dict, withdrawals: tuple[Signed, ...] = ()) -> None:
        """Tell Bob's node what the directory holds, over the wire."""
        self.cursor += 1
        told = {"cursor": self.cursor, "more": False, "withdrawals": len(withdrawals), "changes": list(entries)}
        self.door.answers["/api/v1/changes"] = json.dumps(told).encode()
        self.door.answers["/api/v1/withdrawals/since/0"] = json.dumps(
            {"withdrawals": [encode(each).hex() for each in withdrawals]}
        ).encode()
        server = LoginServer.objects.get()
        self.client.server = server
        self.follower.follow(self.client, server, wait=0)

    def about(self, device: Device, name: str = "alice", **changes) -> dict:
        return self.directory.entry(device, name, **changes)

    def close(self) -> None:
        self.client.close()


@pytest.fixture
def liar(door, directory):
    with contextlib.closing(Liar(door, directory)) as made:
        yield made


@pytest.fixture
def met(liar, alice) -> KnownPerson:
    """Bob met Alice while the login server was honest."""
    liar.says(liar.about(alice))
    assert pinned(alice)
    return KnownPerson.objects.get(pk=uuid.UUID(bytes=alice.person))


def planted(mallory: Device, alice: Device) -> Device:
    """Mallory's device, which the login server calls Alice's."""
    mallory.person = alice.person
    return mallory


def write(person: KnownPerson, text: str = "for Alice alone") -> bool:
    """Write as Bob does, and tell whether the words were taken."""
    try:
        send_message(Composed(person.pk, text))
    except CannotWriteTo:
        return False
    return True


def sealed_to() -> set[bytes]:
    """The devices that anything was ever sealed to: words, or a session begun."""
    words = Delivery.objects.values_list("stream__peer__device", flat=True)
    sessions = OlmSession.objects.values_list("peer__device", flat=True)
    return {bytes(device) for device in (*words, *sessions)}


def lists(*statements: Signed) -> list[str]:
    return [encode(each).hex() for each in statements]


def test_an_honest_word_reaches_alices_device_only(liar, met, alice):
    assert write(met)
    assert sealed_to() == {alice.id}


def test_key_02_a_swapped_key_stops_everything_and_is_written_down(liar, met, alice, mallory):
    assert write(met, "before")
    liar.says(liar.about(planted(mallory, alice), statements=lists(begin(mallory.key, alice.person))))
    assert not write(met)
    assert sealed_to() == {alice.id}
    assert not pinned(alice)
    assert Notice.objects.get().code == Notice.Code.KEYS_CHANGED
    people.judge_keys(KnownPerson.objects.get(pk=met.pk), accept=False)
    assert write(met, "after she was called")
    assert sealed_to() == {alice.id}
    told = list(AuditEntry.objects.order_by("pk").values_list("what", flat=True))
    assert told == [What.KEYS_CHANGED, What.KEYS_REFUSED]


def test_key_05_an_older_card_is_never_gone_back_to(liar, met, alice, mallorys_door):
    old = encode(sign_card(alice.key, alice.card(version=1, addresses=(mallorys_door.address,)))).hex()
    new = encode(sign_card(alice.key, alice.card(version=2))).hex()
    liar.says(liar.about(alice, card=new))
    liar.says(liar.about(alice, card=old))
    assert PeerDevice.objects.get(device=alice.id).card_version == 2
    assert write(met)
    assert bytes(PeerDevice.objects.get(device=alice.id).card).hex() == new


# KEY-06: each names Mallory's device or key in Alice's place, and none bears a signature that would let it.
FORGERIES = {
    "unsigned": lambda lie, a, m: {"card": encode(m.card()).hex()},
    "signed by another": lambda lie, a, m: {"card": encode(sign_card(m.key, a.card())).hex()},
    "for another person": lambda lie, a, m: {"person": str(uuid.uuid4())},
    "certified by nobody": lambda lie, a, m: {
        "certificate": encode(lie.directory.certificate(m, "alice", Ed25519PrivateKey.generate())).hex()
    },
    "for ever": lambda lie, a, m: {"certificate": encode(lie.directory.certificate(m, "alice", days=10**6)).hex()},
    "on a list that Alice never signed": lambda lie, a, m: {
        "statements": lists(begin(a.key, a.person), extend(m.key, [begin(a.key, a.person)], Action.ADD, m.id))
    },
    "on no list": lambda lie, a, m: {"statements": []},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_key_06_an_entry_that_no_signature_bears_out_is_passed_over(liar, met, alice, mallory, forgery):
    planted(mallory, alice)
    liar.says(liar.about(mallory, **FORGERIES[forgery](liar, alice, mallory)))
    assert write(met)
    assert sealed_to() == {alice.id}
    assert not Notice.objects.exists()


def test_key_07_a_device_that_alice_did_not_add_gets_nothing(liar, met, alice, mallory):
    liar.says(liar.about(planted(mallory, alice), statements=lists(begin(alice.key, alice.person))))
    assert write(met)
    assert sealed_to() == {alice.id}
    assert pinned(alice)
    assert not pinned(mallory)


def test_key_09_another_node_at_alices_address_gets_no_byte(liar, met, alice, mallorys_door):
    moved = sign_card(alice.key, alice.card(version=2, addresses=(mallorys_door.address,)))
    liar.says(liar.about(alice, card=encode(moved).hex()))
    assert write(met)
    carry(alice)
    assert mallorys_door.came == []
    assert Message.objects.get().state == Message.State.WAITING


def test_key_09_a_receipt_that_alice_did_not_sign_gives_no_tick(liar, met, alice, mallory, mallorys_door):
    """Even where somebody has taken her TLS key along with her address."""
    card = msgspec.structs.replace(
        alice.card(version=2, addresses=(mallorys_door.address,)), tls_fingerprint=mallorys_door.fingerprint
    )
    liar.says(liar.about(alice, card=encode(sign_card(alice.key, card)).hex()))
    assert write(met)
    row = Delivery.objects.get(kind="chat.message")
    forged = make_receipt(mallory.key, bob_device(), [bytes(row.digest)], [Verdict.STORED], [], int(time.time()))
    mallorys_door.answers["/peernet/1/bundles"] = encode(Answer(forged, None))
    carry(alice)
    assert [path for path, _ in mallorys_door.came] == ["/peernet/1/bundles"]
    assert Message.objects.get().state == Message.State.WAITING
    assert b"for Alice alone" not in mallorys_door.came[0][1]


def bob_device() -> bytes:
    return bytes(present_device().device)


def carry(alice: Device) -> None:
    """Let the courier try once."""
    carrier = Carrier()
    carrier.serve(PeerDevice.objects.get(device=alice.id).pk, knock=False, ending=lambda: False)
    carrier.close()


def test_key_12_a_signature_given_for_one_thing_is_good_for_no_other(liar, met, alice, mallory):
    card, statement = sign_card(alice.key, alice.card()), begin(alice.key, alice.person)
    certificate = liar.directory.certificate(alice, "alice")
    for swapped in ({"card": statement}, {"card": certificate}, {"certificate": card}, {"certificate": statement}):
        liar.says(liar.about(alice, **{name: encode(signed).hex() for name, signed in swapped.items()}))
    liar.says(liar.about(alice, statements=lists(card)))
    liar.says(withdrawals=(certificate, card))
    assert LoginServer.objects.get().last_withdrawal == 0
    assert pinned(alice)
    assert write(met)
    assert sealed_to() == {alice.id}


def test_key_15_a_new_account_under_an_old_name_is_somebody_else_and_said_to_be(liar, met, alice, mallory):
    assert write(met, "between us")
    liar.says(liar.about(alice, active=False), liar.about(mallory, "alice"))
    other = KnownPerson.objects.get(pk=uuid.UUID(bytes=mallory.person))
    assert conversation_with(other.pk).messages.count() == 0
    assert conversation_with(met.pk).messages.count() == 1
    assert card_of(other).namesakes == ("alice",)
    assert not write(met)
    assert sealed_to() == {alice.id}


@pytest.mark.parametrize("name", ["Alice", "\u0430lice", "a1ice"])
def test_key_15_a_name_that_looks_like_alices_is_noticed_too(liar, met, mallory, name):
    liar.says(liar.about(mallory, name, display_name=""))
    other = KnownPerson.objects.get(pk=uuid.UUID(bytes=mallory.person))
    assert card_of(other).namesakes == ("alice",)
    assert card_of(met).namesakes == (name,)


def test_another_computer_in_the_login_servers_place_is_told_nothing(liar, met, mallorys_door):
    """It shows a card of its own; the token never goes there."""
    key = Ed25519PrivateKey.generate()
    card = sign_server_card(key, ServerCard(public_bytes(key), 9, mallorys_door.fingerprint))
    mallorys_door.answers["/api/v1/server-card"] = json.dumps({"card": encode(card).hex(), "time": 1}).encode()
    LoginServer.objects.update(address=mallorys_door.address)
    with contextlib.closing(LoginServerClient(LoginServer.objects.get())) as client, pytest.raises(WrongServer):
        client.changes("bob-is-signed-in", 0, 0)
    assert {path for path, _ in mallorys_door.came} == {"/api/v1/server-card"}
