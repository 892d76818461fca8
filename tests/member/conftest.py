"""Bob's node and a login server whose answers the story decides; pages drawn without their look."""

import contextlib
import os
import time
import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts import throttle
from peers import own as own_device
from peers.answers import Me, SignedIn, TotpSecret
from peers.login_server import Refused, ServerUnreachable
from peers.member import sign_in as signing
from peers.models import LoginServer, OwnDevice
from peers.protocol.certificate import DAY, Certificate, CertificateRequest, issue
from peers.protocol.codec import decode, encode
from peers.protocol.signing import Signed, public_bytes
from peers.protocol.statements import begin

PASSWORD, CODE = "a long enough secret", "123456"  # noqa: S105
SENTENCE = "The name, the password or the code is wrong."


class Server:
    """The login server's own state, and its answers."""

    def __init__(self, row: LoginServer, key: Ed25519PrivateKey) -> None:
        self.server, self.key = row, key
        self.me = Me(uuid.uuid4(), "bob", "Bob Okafor", "person")
        self.is_away = False
        self.list: list[bytes] = []
        self.tokens: list[str] = []
        self.ended: list[str] = []
        self.cards: list[bytes] = []
        self.certified: Exception | None = None
        self.changed: list[str] = []

    def sign_in(self, name, password, code, device=b""):
        if self.is_away:
            raise ServerUnreachable
        if (name, password, code) != ("bob", PASSWORD, CODE):
            raise Refused(401, "wrong", SENTENCE)
        self.tokens.append(f"token-of-bob-number-{len(self.tokens)}")
        return SignedIn(self.tokens[-1], self.me)

    def sign_off(self, token):
        if self.is_away:
            raise ServerUnreachable
        self.ended.append(token)

    def nonce(self, token):
        return bytes(32)

    def certificate(self, token, device, proof):
        if self.certified:
            raise self.certified
        request = decode(CertificateRequest, decode(Signed, proof).body)
        now = int(time.time())
        fields = Certificate(os.urandom(16), request.person, "bob", request.device, now, now + 30 * DAY)
        return encode(issue(self.key, fields))

    def statements(self, token, person):
        return self.list

    def add_statement(self, token, statement):
        self.list = [*self.list, statement]

    def publish_card(self, token, card):
        self.cards.append(card)

    def start_invitation(self, token, password):
        if len(password) < 12:
            raise Refused(422, "weak-password", "Use at least 12 characters.")
        return TotpSecret("JBSWY3DPEHPK3PXP", "otpauth://totp/PeerNet:bob?secret=JBSWY3DPEHPK3PXP")

    def finish_invitation(self, token, code):
        if code != CODE:
            raise Refused(401, "wrong", "This code is wrong.")
        return ["aaaa-bbbb"]

    def change_password(self, token, password, code, new):
        self._prove(password, code)
        if len(new) < 12:
            raise Refused(422, "bad-password", "Use at least 12 characters.")
        self.changed.append(new)

    def start_totp(self, token, password, code):
        self._prove(password, code)
        return TotpSecret("KRSXG5BAKRSXG5BA", "otpauth://totp/PeerNet:bob?secret=KRSXG5BAKRSXG5BA")

    def finish_totp(self, token, code):
        if code != "654321":
            raise Refused(403, "code-refused", "The code is wrong.")
        self.changed.append("phone")

    def new_backup_codes(self, token, password, code):
        self._prove(password, code)
        return ["cccc-dddd"]

    def _prove(self, password, code):
        if self.is_away:
            raise ServerUnreachable
        if (password, code) != (PASSWORD, CODE):
            raise Refused(401, "sign-in-refused", SENTENCE)

    def close(self):
        """Nothing is open."""


@pytest.fixture
def node(db, settings):
    """Bob's node before anybody signed in."""
    from peernet.server.tls import make_pair

    settings.ROOT_URLCONF = "peernet.urls_node"
    settings.PEERNET_PEERS_ADDRESSES = ["198.51.100.4:10000"]
    templates = {
        "node/sign_in.html": "sign-in {{ form.errors }} {{ server_down }}",
        "node/invitation.html": "invitation {{ form.errors }}",
        "node/computer.html": "computer {{ form.errors }}",
        "node/invitation_code.html": "code {{ form.errors }} {{ secret }} {{ qr }}",
        "node/backup_codes.html": "codes {{ codes }}",
        "node/settings.html": "{% for each in browsers %}{{ each.agent }} {{ each.is_this }} {% endfor %}",
        "node/proof.html": "proof {{ form.errors }}",
        "node/done.html": "done {{ sentence }}",
        "node/new_phone.html": "new phone {{ form.errors }} {{ secret }}",
        "node/new_backup_codes.html": "codes {{ codes }}",
        "node/error.html": "error {{ sentence }}",
        "messaging/page.html": "page of {{ member.user_name }} {{ verified }}",
    }
    settings.TEMPLATES = [
        {
            **settings.TEMPLATES[0],
            "APP_DIRS": False,
            "OPTIONS": {
                **settings.TEMPLATES[0]["OPTIONS"],
                "loaders": [("django.template.loaders.locmem.Loader", templates)],
            },
        }
    ]
    throttle.limiter().storage.reset()
    return own_device.first_start(make_pair)


@pytest.fixture
def server(node, monkeypatch):
    key = Ed25519PrivateKey.generate()
    made = Server(LoginServer.objects.create(address="127.0.0.1:1", key=public_bytes(key)), key)
    monkeypatch.setattr(signing, "LoginServerClient", lambda row: made)
    with contextlib.suppress(AttributeError):
        monkeypatch.setattr("peers.member.views.node.discovery.wake", lambda: None)
    return made


@pytest.fixture
def signing_in(client, server):
    """Post the form of the sign-in page."""

    def post(name="bob", password=PASSWORD, code=CODE, **more):
        return client.post("/sign-in", {"name": name, "password": password, "code": code, **more})

    return post


@pytest.fixture
def bob(signing_in, client):
    """Bob's browser, signed in."""
    signing_in()
    return client


def own() -> OwnDevice:
    return OwnDevice.objects.get()


def other_list(server) -> None:
    """Bob's account began on another device."""
    server.list = [encode(begin(Ed25519PrivateKey.generate(), server.me.id.bytes))]
