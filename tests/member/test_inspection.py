"""The node's data in Django's admin: for the member with a checked code, to look at, without words and keys."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from peers import outbox
from peers.inspection import site
from peers.models import (
    Attempt,
    ClassicBlock,
    ClassicLetter,
    ClassicPerson,
    Delivery,
    InStream,
    KnownPerson,
    Lane,
    OlmSession,
    OwnDevice,
    PeerDevice,
    Way,
)
from tests.peers.conftest import known
from tests.protocol.cast import Device

PAGES = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]
WORDS = b"the merger is on Friday"
CLASSIC_WORDS, CLASSIC_HASH = "lunch on Monday", "5f" * 32


@pytest.fixture(autouse=True)
def whole_templates(node, settings):
    """The admin's own templates, too."""
    from peernet import settings as project

    settings.TEMPLATES = project.TEMPLATES


@pytest.fixture
def alice(bob):
    """Bob has written to Alice, and waits."""
    device = Device.new()
    peer = known(device, pinned=True)
    KnownPerson.objects.update(user_name="alice", display_name="<b>Alice</b>")
    outbox.enqueue(OwnDevice.objects.get(), peer, "chat.message", bytes(16), WORDS)
    stream = Delivery.objects.get().stream
    Attempt.objects.create(
        peer=peer, stream=stream, first_number=1, last_number=1, milliseconds=3, outcome="Unreachable"
    )
    Lane.objects.create(peer=peer, leased_by="courier", leased_until=timezone.now() + timedelta(minutes=1))
    InStream.objects.create(peer=peer, stream=os.urandom(16))
    Way.objects.create(peer=peer)
    older = ClassicPerson.objects.create(person=KnownPerson.objects.create(user_name="dave"), user_name="dave")
    kept = {"payload_id": os.urandom(16), "mine": True, "stamp": "1.5", "state": "waiting"}
    ClassicLetter.objects.create(person=older, body=CLASSIC_WORDS, hash=CLASSIC_HASH, **kept)
    ClassicBlock.objects.create(name="mallory")
    AuditEntry.objects.create(what=AuditEntry.What.KEYS_CHANGED, subject="alice: 0a1b2c3d / 4e5f6a7b")
    return peer


def test_every_kind_of_row_is_shown_and_nothing_secret(bob, alice):
    assert len(PAGES) == 13
    own, row, session = OwnDevice.objects.get(), Delivery.objects.get(), OlmSession.objects.get()
    secrets = [WORDS.decode(), CLASSIC_WORDS, CLASSIC_HASH, session.state, session.session_id, own.olm_state]
    binary = (
        own.signing_secret, own.sealing_secret, own.olm_state_key, session.state_key, row.envelope, row.digest,
        row.body, alice.card, row.stream.stream,
    )  # fmt: skip
    secrets += [bytes(each).hex() for each in binary] + [str(bytes(each)) for each in binary]
    for page in PAGES:
        model = next(each for each in site._registry if f"/{each._meta.model_name}/" in page)
        for address in (page, f"{page}{model.objects.first().pk}/change/", f"{page}?q=alice"):
            answer = bob.get(address)
            assert answer.status_code == 200, address
            text = answer.content.decode()
            assert not [secret for secret in secrets if secret in text], address
            assert "<b>Alice</b>" not in text


@pytest.mark.parametrize(
    ("page", "query", "count"),
    [
        ("knownperson", "keys=changed", 0),
        ("knownperson", "keys=same", 2),
        ("peerdevice", "withdrawal=yes", 0),
        ("peerdevice", "withdrawal=no", 1),
        ("lane", "state=failing", 0),
        ("lane", "state=well", 1),
        ("delivery", "q=Unreachable", 0),
        ("attempt", "q=Unreachable", 1),
    ],
)
def test_rows_are_narrowed_down_by_what_a_fault_looks_like(bob, alice, page, query, count):
    assert len(bob.get(f"/admin/peers/{page}/?{query}").context["cl"].result_list) == count


def test_rows_are_found_by_how_a_key_and_an_id_begin(bob, alice):
    key, payload = bytes(alice.device).hex(), bytes(Delivery.objects.get().payload_id).hex()
    for page, text in (("peerdevice", key[:8]), ("lane", key), ("olmsession", key[:8]), ("delivery", payload)):
        assert len(bob.get(f"/admin/peers/{page}/?q={text}").context["cl"].result_list) == 1, page
    assert len(bob.get("/admin/peers/peerdevice/?q=" + "00" * 32).context["cl"].result_list) == 0


@pytest.mark.parametrize("page", ["/admin/", *PAGES])
def test_whoever_is_not_signed_in_is_asked_to(client, node, page):
    answer = client.get(page)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in")


def test_an_offline_session_sees_nothing(client, server, signing_in, bob):
    server.is_away = True
    bob.post("/sign-off")
    signing_in()
    answer = client.get(PAGES[0])
    assert answer.status_code == 403
    assert b"Sign in with your code" in answer.content


def test_nothing_can_be_changed(bob, alice):
    page = "/admin/peers/peerdevice/"
    for address in (f"{page}add/", f"{page}{alice.pk}/delete/"):
        assert bob.get(address).status_code == 403
    fields = {"action": "delete_selected", "_selected_action": [alice.pk]}
    for address in (page, f"{page}{alice.pk}/change/", f"{page}{alice.pk}/delete/"):
        assert bob.post(address, fields).status_code == 405
    assert PeerDevice.objects.filter(pk=alice.pk).exists()


def test_the_members_password_is_not_changed_here(bob):
    assert b"password_change" not in bob.get("/admin/").content
    assert bob.get("/admin/password_change/").status_code == 302
    assert bob.get("/admin/password_change/")["Location"] == "/"


def test_it_is_linked_from_no_page(bob, alice):
    assert b"/admin/" not in bob.get("/").content
