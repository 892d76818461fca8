"""Who may open a socket: the same as may see the pages, judged without Django's middlewares."""

from importlib import import_module

import pytest
from django.conf import settings

from accounts.models import Person
from accounts.services import end_sessions
from peers.member.access import member_of_scope


def scope_of(client):
    store = import_module(settings.SESSION_ENGINE).SessionStore
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return {"session": store(cookie.value if cookie else None)}


def test_bob_is_a_member_with_his_code_checked(bob):
    member = member_of_scope(scope_of(bob))
    assert member.person.user_name == "bob"
    assert member.verified


def test_a_stranger_is_none(client, server):
    assert member_of_scope(scope_of(client)) is None


def test_a_session_without_the_second_factor_is_none(bob):
    session = bob.session
    del session["otp_device_id"]
    session.save()
    assert member_of_scope(scope_of(bob)) is None


def test_a_session_that_was_ended_is_none(bob):
    end_sessions(Person.objects.get())
    assert member_of_scope(scope_of(bob)) is None


def test_an_offline_member_is_not_verified(bob, signing_in, server, client):
    client.cookies.clear()
    server.is_away = True
    signing_in(code="")
    assert not member_of_scope(scope_of(client)).verified


@pytest.mark.parametrize("value", ["", "x" * 32, "../../etc/passwd"])
def test_an_invented_cookie_is_none(server, value):
    store = import_module(settings.SESSION_ENGINE).SessionStore
    assert member_of_scope({"session": store(value)}) is None
