"""A command rings, and the running node looks at its outbox; nobody else can ring."""

import time

import pytest
from django.core.signing import TimestampSigner
from django.test import Client

from peers import bell, bell_views, node, outbox
from peers.transport.errors import Rejected, Unreachable
from peers.views import limiter


@pytest.fixture
def looks(settings, monkeypatch):
    """How often the node looked."""
    settings.ROOT_URLCONF = "peernet.urls_node"
    settings.ALLOWED_HOSTS = ["testserver"]
    limiter.storage.reset()
    seen: list[bool] = []
    monkeypatch.setattr(bell_views.node, "look", lambda: seen.append(True))
    return seen


@pytest.fixture
def door(looks, monkeypatch):
    """What a command sends is posted at the node's own door."""

    class Session:
        def __init__(self, ip, port, **_):
            self.where = ip, port

        def post(self, path, body, content_type, total, headers):
            answer = Client().post(path, body, content_type=content_type, headers=headers)
            if answer.status_code != 200:
                raise Rejected(answer.status_code, None, answer.content)
            return answer.content

        def close(self):
            """Nothing is open."""

    monkeypatch.setattr(bell, "PlainSession", Session)


def post(body):
    return Client().post(bell.PATH, body, content_type="text/plain").status_code


def test_the_node_hears_a_command_of_its_home(door, looks):
    assert bell.ring()
    assert looks == [True]


def test_a_command_of_another_home_is_not_heard(door, looks, settings, monkeypatch):
    monkeypatch.setattr(bell, "_signer", TimestampSigner(key="of another home", salt="peers.bell"))
    theirs = bell._signer.sign("ring").encode()
    monkeypatch.undo()
    assert not bell.is_ours(theirs)


@pytest.mark.parametrize(
    "body",
    [b"", b"ring", b"\xff\x00", b"x" * 10_000, TimestampSigner().sign("ring").encode()],
    ids=["nothing", "no signature", "no text", "too long", "by another key"],
)
def test_whoever_cannot_sign_is_refused(looks, body):
    assert post(body) == 403
    assert looks == []


def test_an_old_ring_is_refused(looks, monkeypatch):
    ring = bell._signer.sign("ring").encode()
    later = time.time() + bell.GOOD_FOR + 1
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert post(ring) == 403


def test_after_a_hundred_refusals_an_address_is_not_read_any_more(looks):
    assert {post(b"no") for _ in range(100)} == {403}
    assert post(bell._signer.sign("ring").encode()) == 429
    assert looks == []


def test_where_no_node_runs_nobody_hears(settings, monkeypatch):
    def nobody(*_, **__):
        raise Unreachable("refused")

    monkeypatch.setattr(bell.PlainSession, "post", nobody)
    assert not bell.ring()


@pytest.mark.parametrize(
    ("interface", "dialled"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.0.2.4", "192.0.2.4")],  # noqa: S104
)
def test_the_door_is_found_wherever_it_is_opened(settings, interface, dialled):
    settings.PEERNET_USER_INTERFACE = interface
    assert bell._interface() == dialled


def test_a_node_that_looks_serves_whoever_something_waits_for(bob, known_alice, monkeypatch):
    woken: list[int] = []
    monkeypatch.setattr(node.couriers, "wake", woken.append)
    node.look()
    assert woken == []
    outbox.enqueue(bob, known_alice, "chat.message", bytes(16), b"hello")
    node.look()
    assert woken == [known_alice.pk]
