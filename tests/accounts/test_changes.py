"""Changing what protects an account ends what was opened with it."""

import pytest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services
from tests.accounts.conftest import PASSWORD, Node, code_of

NEW = "another long password"


@pytest.fixture
def signed_in(alice, node):
    node.sign_in("alice", alice.fresh_code())
    return node


def other_node(member) -> Node:
    other = Node()
    assert other.sign_in(member.person.user_name, member.fresh_code()).status_code == 200
    return other


def sign_in_to_admin(member) -> Client:
    client = Client()
    fields = {"username": member.person.user_name, "password": PASSWORD, "code": member.fresh_code()}
    assert client.post("/admin/login/", fields | {"next": "/admin/"}).status_code == 302
    assert client.get("/admin/").status_code == 200
    return client


def test_a_new_password_ends_other_tokens(alice, signed_in):
    other = other_node(alice)
    answer = signed_in.post("password", password=PASSWORD, code=alice.fresh_code(), new_password=NEW)
    assert answer.status_code == 200
    assert (signed_in.get("me").status_code, other.get("me").status_code) == (200, 401)


def test_a_new_password_ends_sessions(boss):
    client = sign_in_to_admin(boss)
    services.change_password(boss.person, PASSWORD, boss.fresh_code(), NEW, "10.0.0.1")
    assert client.get("/admin/").status_code == 302


def test_a_new_password_needs_the_old_one_and_a_code(alice, signed_in):
    for password, code in [("wrong password", alice.fresh_code()), (PASSWORD, "")]:
        answer = signed_in.post("password", password=password, code=code, new_password=NEW)
        assert answer.status_code == 401


def test_a_new_second_factor_ends_other_tokens_and_the_old_codes(alice, signed_in):
    other = other_node(alice)
    signed_in.post("totp/start", password=PASSWORD, code=alice.fresh_code())
    old_code = alice.fresh_code()
    pending = TOTPDevice.objects.get(user=alice.person, confirmed=False)
    assert signed_in.post("totp/finish", code=code_of(pending)).status_code == 200
    assert other.get("me").status_code == 401
    assert Node().sign_in("alice", old_code).status_code == 401


def test_a_new_second_factor_needs_the_old_one(alice, signed_in):
    assert signed_in.post("totp/start", password=PASSWORD, code="000").status_code == 401
    assert signed_in.post("totp/finish", code="123456").status_code == 403


def test_a_token_is_refused_after_sign_off(signed_in):
    assert signed_in.post("sign-off").status_code == 200
    assert signed_in.get("me").status_code == 401


def test_deactivating_ends_tokens_at_once(alice, signed_in):
    services.deactivate(alice.person)
    assert signed_in.get("me").status_code == 401


def test_deactivating_ends_sessions_at_once(boss):
    client = sign_in_to_admin(boss)
    services.deactivate(boss.person)
    assert client.get("/admin/").status_code == 302


def test_a_session_cookie_is_refused_after_sign_off(boss):
    client = sign_in_to_admin(boss)
    cookies = client.cookies.copy()
    client.post("/admin/logout/")
    replay = Client()
    replay.cookies = cookies
    assert replay.get("/admin/").status_code == 302


@pytest.mark.parametrize("typed", ["caf\u00e9 caf\u00e9 caf\u00e9", "cafe\u0301 cafe\u0301 cafe\u0301"])
def test_a_password_is_the_same_however_its_accents_are_typed(alice, signed_in, typed):
    new = "caf\u00e9 caf\u00e9 caf\u00e9"
    signed_in.post("password", password=PASSWORD, code=alice.fresh_code(), new_password=new)
    assert Node().sign_in("alice", alice.fresh_code(), typed).status_code == 200


def test_a_long_password_with_spaces_works(alice, signed_in):
    new = " a long sentence " * 20
    signed_in.post("password", password=PASSWORD, code=alice.fresh_code(), new_password=new)
    assert Node().sign_in("alice", alice.fresh_code(), new).status_code == 200
