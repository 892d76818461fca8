"""What the calls make of requests that are not what they take."""

import pytest

from tests.accounts.conftest import Node

pytestmark = pytest.mark.django_db

MALFORMED = [
    b" ",
    b"{",
    b"\xff\xfe",
    b'{"name": "\xff"}',
    b"[" * 10_000,
    b'{"name":' * 2_000,
    b"NaN",
    b'{"name": "alice", "password": "\\ud800", "code": "1"}',
    b'{"name": "al\\u0000ice", "password": "p", "code": "1"}',
    b"[]",
    b"null",
    b'"text"',
    b"{}",
    b'{"name": 1, "password": "p", "code": "1"}',
    b'{"name": "a", "password": "p", "code": 123456}',
    b'{"name": "a", "password": null, "code": "1"}',
    b'{"name": "a", "password": "p", "code": "1", "admin": true}',
]
CALLS = ["sign-in", "sign-off", "invitations/start", "invitations/finish", "password", "totp/start", "totp/finish"]


@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_body_is_refused_with_a_sentence(body):
    answer = Node().post_raw("sign-in", body)
    assert answer.status_code in {400, 422}
    assert set(answer.json()) == {"error", "sentence"}


@pytest.mark.parametrize("path", [*CALLS, "backup-codes"])
def test_every_call_refuses_a_list(path):
    assert Node().post_raw(path, b"[1]").status_code == 422


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_another_content_type_is_refused(kind):
    assert Node().post_raw("sign-in", b"{}", kind).status_code == 415


def test_a_large_body_is_refused():
    assert Node().post("sign-in", name="a", password="p" * 1_000_000, code="1").status_code == 413


def test_a_very_long_password_is_refused(alice, node):
    assert node.sign_in("alice", "123456", "p" * 2_000).status_code in {400, 422}


def test_another_method_is_refused(node):
    assert node.get("sign-in").status_code == 405


@pytest.mark.parametrize("token", ["", "x", "é", "x" * 5_000])
def test_without_a_living_token_nothing_is_told(node, token):
    node.token = token
    assert node.get("me").status_code == 401


def test_answers_are_not_kept(alice, node):
    assert node.sign_in("alice", alice.code())["Cache-Control"] == "no-store"
