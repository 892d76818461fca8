"""Bob's node, with Alice pinned. Payloads from Alice are handed over as the inbox does."""

import io
import os
import uuid

import pytest
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from PIL import Image

from accounts.models import Person
from peers.models import KnownPerson, LoginServerDevice
from peers.protocol.codec import encode
from peers.protocol.payload import Payload
from peers.protocol.profile import sign_profile
from profiles import handlers
from profiles.payloads import CARD
from tests.peers.conftest import alice, bob, bobs_card, known_alice, known_mallory, mallory
from tests.protocol.test_profile import profile_of

__all__ = ["alice", "bob", "bobs_card", "known_alice", "known_mallory", "mallory"]


@pytest.fixture(autouse=True)
def patience():
    """Nobody has asked for anything yet."""
    handlers._limiter.storage.reset()


@pytest.fixture
def alices(known_alice) -> KnownPerson:
    """Alice, as Bob knows her."""
    KnownPerson.objects.filter(pk=known_alice.person_id).update(user_name="alice", online=True)
    known_alice.person.refresh_from_db()
    return known_alice.person


@pytest.fixture
def say(bob, alice, known_alice):
    """Hand Bob a payload of a kind from Alice's device."""

    def said(kind: str, body: bytes, clock: int = 1) -> None:
        devices = bytes(known_alice.device), bytes(bob.device)
        payload = Payload(os.urandom(16), kind, bytes(16), bytes(16), 1, clock, *devices, body)
        handlers.hooks.handler_for(kind)(known_alice, payload)

    return said


@pytest.fixture
def send_profile(say, alice):
    """Send Bob a profile that Alice signed."""

    def sent(**changes) -> None:
        say(CARD, encode(sign_profile(alice.key, profile_of(alice, **changes))))

    return sent


def photo(width: int = 64, height: int = 48, kind: str = "JPEG", noise: int = 60, **options) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), noise).convert("RGB").save(out, kind, **options)
    return out.getvalue()


@pytest.fixture
def bobs_account(bob) -> Person:
    person = uuid.UUID(bytes=bytes(bob.person))
    return Person.objects.create(id=person, user_name="bob", name_key="bob", display_name="Bob", is_active=True)


@pytest.fixture
def sign_in(bobs_account, settings):
    """Give a browser a session of Bob's, as signing in does."""
    settings.ROOT_URLCONF = "peernet.urls_node"
    settings.ALLOWED_HOSTS = ["testserver"]

    def signed_in(client: Client, *, with_code: bool = True) -> Client:
        client.force_login(bobs_account)
        session = client.session
        if with_code:
            device, _ = LoginServerDevice.objects.get_or_create(user=bobs_account, name="login server")
            session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        else:
            session["offline"] = True
        session.save()
        return client

    return signed_in


@pytest.fixture
def browser(sign_in) -> Client:
    """Bob's browser, signed in with the code."""
    return sign_in(Client())
