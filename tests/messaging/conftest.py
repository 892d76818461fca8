"""Bob's node, with Alice pinned and Carol unknown to him. Payloads from Alice are handed over as the inbox does."""

import asyncio
import copy
import dataclasses
import os
import uuid

import pytest
from django.conf import settings as project
from django.db import transaction
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import Person
from messaging import handlers
from messaging.conversations import conversation_with
from messaging.payloads import MESSAGE, RECEIPT, ChatMessage, ChatReceipt, direct_conversation
from messaging.sending import Composed, send_message
from peers import events, outbox
from peers.models import Delivery, KnownPerson, LoginServerDevice, PeerDevice
from peers.people import StatementList
from peers.protocol.codec import encode
from peers.protocol.payload import Payload
from peers.protocol.statements import begin
from tests.messaging.socket import Page
from tests.peers.conftest import alice, bob, bobs_card, known_alice, known_mallory, mallory
from tests.protocol.cast import Device

__all__ = ["alice", "bob", "bobs_card", "known_alice", "known_mallory", "mallory"]

NOW = outbox.time.time_ns() // 1_000_000 << 16


def list_of(device: Device) -> bytes:
    """The list of devices that begins with this one."""
    return encode(StatementList([begin(device.key, device.person)]))


@pytest.fixture
def alices(known_alice, alice) -> KnownPerson:
    """Alice, as Bob knows her."""
    KnownPerson.objects.filter(pk=known_alice.person_id).update(
        user_name="alice", display_name="Alice Ärztin", online=True, statements=list_of(alice)
    )
    known_alice.person.refresh_from_db()
    return known_alice.person


@dataclasses.dataclass
class Story:
    """Bob and Alice, and what passes between them."""

    bob: object
    device: PeerDevice
    person: KnownPerson
    clock: int = NOW

    @property
    def id(self) -> uuid.UUID:
        return self.person.pk

    @property
    def conversation(self):
        return conversation_with(self.id)

    @property
    def wire_id(self) -> bytes:
        return direct_conversation(uuid.UUID(bytes=bytes(self.bob.person)), self.id)

    def say(self, text: str, key: uuid.UUID | None = None):
        """Bob writes to Alice."""
        return send_message(Composed(self.id, text, key))

    def payload(self, kind: str, body: bytes, **changes) -> Payload:
        self.clock += 1
        fields = {
            "id": os.urandom(16),
            "kind": kind,
            "conversation": self.wire_id,
            "stream": bytes(16),
            "number": 1,
            "clock": self.clock,
            "sender": bytes(self.device.device),
            "recipient": bytes(self.bob.device),
            "body": body,
        }
        return Payload(**{**fields, **changes})

    def hear(self, text: str, **changes) -> Payload:
        """Alice's words reach Bob."""
        payload = self.payload(MESSAGE, encode(ChatMessage(text)), **changes)
        with transaction.atomic():
            handlers.store(self.device, payload)
        return payload

    def hear_read(self, payload_id: bytes) -> None:
        """Alice's node says that she has read up to a message."""
        with transaction.atomic():
            handlers.note_read(self.device, self.payload(RECEIPT, encode(ChatReceipt(bytes(payload_id)))))

    def deliver(self, *messages, state=Delivery.State.DELIVERED, reason="") -> None:
        """Alice's receipt settles the deliveries of these messages."""
        ids = [message.payload_id for message in messages]
        rows = list(Delivery.objects.filter(payload_id__in=ids, state=Delivery.State.WAITING))
        for row in rows:
            row.state, row.reason = state, reason
        outbox._end(rows)


@pytest.fixture
def other_keys(alice) -> bytes:
    """Another list of devices for Alice, which begins with a key that Bob does not know."""
    other = Device.new()
    other.person = alice.person
    return list_of(other)


@pytest.fixture
def story(bob, known_alice, alices) -> Story:
    return Story(bob, known_alice, alices)


@pytest.fixture
def carol(bob) -> KnownPerson:
    """Somebody in the directory whose device nobody has pinned."""
    return KnownPerson.objects.create(user_name="carol")


@pytest.fixture
def published(monkeypatch):
    """The hints that pages would hear, in order."""
    sent: list[dict] = []
    monkeypatch.setattr(events, "_send", sent.append)
    return sent


# What the Python side hands over, drawn plainly, where the real templates are not there.
PLAIN = {
    "messaging/message.html": "<li id='m-{{ bubble.id }}' class='{{ bubble.state }}'>{{ bubble.text }}</li>",
    "messaging/messages.html": "{% for bubble in messages %}{% include 'messaging/message.html' %}{% endfor %}",
    "messaging/people.html": "{% for row in people.online %}{{ row.name }} {{ row.unread }}{% endfor %}",
    "messaging/links.html": "{% for link in links %}{{ link.sentence }}{% endfor %}",
    "messaging/details.html": "{{ card.name }}",
    "messaging/header.html": "{{ conversation.name }} {{ conversation.peer_sentence }}",
    "node/error.html": "{{ sentence }}",
    "messaging/page.html": "{% include 'messaging/messages.html' %}{{ composer_text }} {{ composer_error }}",
}


@pytest.fixture
def pages(settings):
    """The pages of conversations, by themselves."""
    settings.ROOT_URLCONF = "tests.messaging.urls"
    settings.ALLOWED_HOSTS = ["testserver"]
    templates = copy.deepcopy(project.TEMPLATES)
    templates[0]["APP_DIRS"] = False
    templates[0]["OPTIONS"]["loaders"] = [
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
        ("django.template.loaders.locmem.Loader", PLAIN),
    ]
    settings.TEMPLATES = templates


@pytest.fixture
def bobs_account(bob) -> Person:
    person = uuid.UUID(bytes=bytes(bob.person))
    return Person.objects.create(id=person, user_name="bob", name_key="bob", display_name="Bob", is_active=True)


@pytest.fixture
def sign_in(bobs_account, pages):
    """Give a browser a session of Bob's, as signing in does."""

    def signed_in(client: Client, *, with_code: bool = True, **changes) -> Client:
        client.force_login(bobs_account)
        session = client.session
        if with_code:
            device, _ = LoginServerDevice.objects.get_or_create(user=bobs_account, name="login server")
            session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session.update(changes)
        session.save()
        return client

    return signed_in


@pytest.fixture
def browser(sign_in) -> Client:
    """Bob's browser, signed in with the code."""
    return sign_in(Client())


@pytest.fixture
async def loop():
    """Hints travel on this test's own loop."""
    events.attach(asyncio.get_running_loop())
    yield
    events._loop = None


@pytest.fixture
async def tab(story, browser, loop):
    """Open tabs of Bob's browser, on the conversation with Alice unless told otherwise."""
    opened: list[Page] = []

    async def open_tab(person="alice", client=browser, **kwargs) -> Page:
        page = Page(client)
        assert (await page.connect())[0]
        opened.append(page)
        return await page.open(story.id if person == "alice" else person, **kwargs)

    yield open_tab
    for page in opened:
        await page.leave()
