"""HTTP at the peers' door: statuses, short and equal refusals, and nothing spent."""

import pytest
from django.test import Client, override_settings

from peers import allowance, inbox, views
from peers.models import InStream, OlmSession, UnknownPayload
from peers.protocol import bundle, envelope
from peers.protocol.codec import decode
from peers.protocol.receipt import Answer

TYPE = views.CONTENT_TYPE


@pytest.fixture(autouse=True)
def fresh_limits():
    views.limiter.storage.reset()


@pytest.fixture
def post(bob):
    client = Client(raise_request_exception=False)

    def send(body, content_type=TYPE, **extra):
        # Not `post`, which would encode the body by the charset it is told and drop the type of an empty one.
        extra.setdefault("CONTENT_TYPE", content_type)
        return client.generic("POST", "/peernet/1/bundles", body, content_type=content_type, **extra)

    with override_settings(ROOT_URLCONF="peers.urls"):
        yield send


@pytest.fixture
def from_alice(alice, bobs_card, known_alice):
    session = alice.account.start_session(bobs_card.olm_identity, bobs_card.olm_fallback)
    payload = alice.payload(alice, 1, b"hello")
    fields = {name: getattr(payload, name) for name in payload.__struct_fields__} | {"recipient": bobs_card.device}
    sealed = envelope.seal(session, inbox.Payload(**fields))
    return bundle.make_bundle(alice.key, bobs_card, [sealed])


def nothing_stored():
    return not any(model.objects.exists() for model in (InStream, OlmSession, UnknownPayload))


def test_a_bundle_is_answered_with_a_receipt(post, from_alice):
    response = post(from_alice)
    assert (response.status_code, response["Content-Type"]) == (200, TYPE)
    assert decode(Answer, response.content).receipt
    assert not response.cookies


def test_strangers_forgers_and_misdelivery_get_the_same_answer(post, from_alice, mallory, alice, bobs_card):
    stranger = post(bundle.make_bundle(mallory.key, bobs_card, []))
    other = post(bundle.make_bundle(alice.key, alice.card(), []))
    changed = bytearray(from_alice)
    changed[-1] ^= 1
    forged = post(bytes(changed))
    answers = {(each.status_code, each.content) for each in (stranger, other, forged)}
    assert answers == {(403, b"later")}
    assert nothing_stored()


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"NaN", b"\xff\xfe", b"\x91" * 100_000])
def test_a_malformed_body_is_refused_and_the_next_bundle_works(post, from_alice, body):
    response = post(body)
    assert (response.status_code, response.content) == (400, b"malformed")
    assert nothing_stored()
    assert post(from_alice).status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", TYPE + "; charset=utf-7"])
def test_another_content_type_is_refused(post, from_alice, kind):
    assert post(from_alice, content_type=kind).status_code == 415
    assert nothing_stored()


def test_an_oversized_body_is_refused(post):
    assert post(bytes(views.MAX_BODY + 1)).status_code == 413


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options", "trace"])
def test_no_other_method_is_served(bob, method):
    with override_settings(ROOT_URLCONF="peers.urls"):
        assert getattr(Client(), method)("/peernet/1/bundles").status_code == 405


def test_whoever_is_refused_too_often_waits_and_others_do_not(post, from_alice):
    for _ in range(views.REFUSALS_PER_ADDRESS.amount):
        post(b"", REMOTE_ADDR="203.0.113.66")
    refused = post(from_alice, REMOTE_ADDR="203.0.113.66")
    assert (refused.status_code, refused["Retry-After"]) == (429, "10")
    assert post(from_alice, REMOTE_ADDR="203.0.113.7").status_code == 200


def test_good_bundles_do_not_count_against_an_address(post, from_alice):
    for _ in range(views.REFUSALS_PER_ADDRESS.amount + 5):
        assert post(from_alice).status_code == 200


def test_a_full_disk_is_said_and_the_same_bundle_works_later(post, from_alice, settings):
    settings.PEERNET_FREE_MIB = 10**9
    response = post(from_alice)
    assert (response.status_code, response.content, response["Retry-After"]) == (507, b"full", "60")
    settings.PEERNET_FREE_MIB = 0
    assert post(from_alice).status_code == 200


def test_a_device_with_a_bundle_under_way_is_told_to_wait(post, from_alice, known_alice):
    with allowance.admitted(known_alice, 1):
        response = post(from_alice)
    assert (response.status_code, response.content, response["Retry-After"]) == (429, b"later", "1")
