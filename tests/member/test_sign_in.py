"""Bob signs in on his node: the login server judges, the node becomes his device."""

import time

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.models import Person
from peers.answers import Presence
from peers.login_server import Refused, ServerUnreachable
from peers.member.access import OFFLINE
from peers.models import LoginServer
from peers.protocol.card import read_card
from peers.protocol.codec import decode
from peers.protocol.signing import Signed
from peers.protocol.statements import devices_of
from tests.member.conftest import PASSWORD, SENTENCE, other_list, own


def test_bob_gets_in_with_password_and_code(signing_in, client, server):
    assert signing_in().headers["Location"] == "/"
    assert client.get("/").content == b"page of bob True"
    assert LoginServer.objects.get().token == server.tokens[0]


def test_the_first_sign_in_makes_the_node_bobs_device(signing_in, server):
    signing_in()
    assert bytes(own().person) == server.me.id.bytes
    assert devices_of(server.me.id.bytes, [decode(Signed, each) for each in server.list]) == {bytes(own().device)}
    assert server.cards == [bytes(own().card)]


def test_the_second_sign_in_adds_nothing_to_bobs_list(signing_in, server):
    signing_in()
    signing_in()
    assert len(server.list) == 1


def test_the_session_gets_another_key(signing_in, client):
    client.get("/sign-in")
    session = client.session
    session["from"] = "before"
    session.save()
    before = session.session_key
    signing_in()
    assert client.session.session_key != before


@pytest.mark.parametrize("wrong", [{"name": "alice"}, {"password": "guess"}, {"code": "000000"}, {"code": ""}])
def test_whatever_is_wrong_the_sentence_is_the_same(signing_in, client, wrong):
    answer = signing_in(**wrong)
    assert answer.status_code == 401
    assert SENTENCE in answer.content.decode()
    assert SESSION_KEY not in client.session


def test_guessing_ends_soon(signing_in):
    answers = [signing_in(password="guess") for _ in range(10)]
    assert [answer.status_code for answer in answers] == [401] * 9 + [429]


def test_a_node_belongs_to_one_person(signing_in, server, client):
    signing_in()
    client.cookies.clear()
    mine = bytes(own().person)
    server.me = type(server.me)(type(server.me.id)(int=7), "bob", "", "person")
    answer = signing_in()
    assert answer.status_code == 403
    assert "another person" in answer.content.decode()
    assert server.ended == [server.tokens[1]]
    assert bytes(own().person) == mine


def test_an_account_that_uses_another_device_does_not_get_a_second_by_itself(signing_in, server):
    other_list(server)
    answer = signing_in()
    assert answer.status_code == 403
    assert "another device" in answer.content.decode()
    assert server.ended == server.tokens
    assert not own().person


def test_a_device_that_the_login_server_will_not_certify_stays_out(signing_in, server):
    server.certified = Refused(409, "withdrawn", "This device was withdrawn.")
    answer = signing_in()
    assert answer.status_code == 403
    assert "This device was withdrawn." in answer.content.decode()
    assert LoginServer.objects.get().token == ""


@pytest.mark.parametrize("step", ["statements", "nonce", "certificate", "add_statement", "publish_card"])
def test_a_login_server_that_dies_on_the_way_is_said_to_be_away_and_the_next_try_works(
    signing_in, server, step, monkeypatch
):
    def die(*_):
        raise ServerUnreachable

    with monkeypatch.context() as dying:
        dying.setattr(server, step, die)
        answer = signing_in()
    assert answer.status_code == 503
    assert b"login server cannot be reached" in answer.content
    assert signing_in().status_code == 302


def test_the_pages_ask_for_a_sign_in_and_lead_back(client, server):
    answer = client.get("/with/00000000-0000-0000-0000-000000000001/")
    assert answer.headers["Location"] == "/sign-in?next=/with/00000000-0000-0000-0000-000000000001/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"])
def test_next_leads_nowhere_else(signing_in, target):
    assert signing_in(next=target).headers["Location"] == "/"


def test_next_leads_to_a_page_of_ours(signing_in):
    assert signing_in(next="/with/x/").headers["Location"] == "/with/x/"


def test_what_is_posted_without_a_session_says_that_nothing_was_sent(client, server):
    answer = client.post("/with/00000000-0000-0000-0000-000000000001/send", {"text": "hello"})
    assert answer.status_code == 403
    assert "nothing was sent" in answer.content.decode()


def test_a_script_without_a_session_gets_no_sign_in_page(client, server):
    answer = client.get("/with/00000000-0000-0000-0000-000000000001/older?before=1", headers={"Sec-Fetch-Mode": "cors"})
    assert answer.status_code == 401


def test_a_form_from_elsewhere_is_refused(server):
    answer = Client(enforce_csrf_checks=True).post("/sign-in", {"name": "bob", "password": PASSWORD, "code": "1"})
    assert answer.status_code == 403


# Signing off


def test_signing_off_ends_every_browser_and_the_token(bob, server):
    other = Client()
    other.cookies = bob.cookies.copy()
    assert bob.post("/sign-off").status_code == 302
    assert server.ended == [server.tokens[0]]
    assert LoginServer.objects.get().token == ""
    assert bob.get("/").status_code == 302
    assert other.get("/").status_code == 302


def test_signing_off_works_with_the_login_server_away(bob, server):
    server.is_away = True
    assert bob.post("/sign-off").status_code == 302
    assert LoginServer.objects.get().token == ""


def test_a_link_cannot_sign_bob_off(bob):
    assert bob.get("/sign-off").status_code == 405


# With the login server away


def test_the_password_alone_opens_an_offline_session(bob, signing_in, server, client):
    client.cookies.clear()
    server.is_away = True
    assert signing_in(code="").status_code == 302
    assert client.session[OFFLINE] is True
    assert client.get("/").content == b"page of bob False"


def test_an_offline_session_judges_no_keys(bob, signing_in, server, client):
    client.cookies.clear()
    server.is_away = True
    signing_in(code="")
    answer = client.post("/people/00000000-0000-0000-0000-000000000001/keys", {"accept": "1"})
    assert answer.status_code == 403
    assert "code" in answer.content.decode()


@pytest.mark.parametrize("wrong", [{"name": "alice"}, {"password": "guess"}])
def test_offline_too_whatever_is_wrong_the_sentence_is_the_same(bob, signing_in, server, client, wrong):
    client.cookies.clear()
    server.is_away = True
    assert signing_in(**wrong).status_code == 401


def test_nobody_gets_in_offline_where_nobody_was_signed_in(signing_in, server):
    server.is_away = True
    assert signing_in().status_code == 503


def test_offline_sessions_can_be_forbidden(bob, signing_in, server, client, settings):
    client.cookies.clear()
    server.is_away = True
    settings.PEERNET_OFFLINE_SIGN_IN = False
    assert signing_in().status_code == 503


def test_forbidding_offline_sessions_ends_those_that_are_open(bob, signing_in, server, client, settings):
    client.cookies.clear()
    server.is_away = True
    signing_in(code="")
    settings.PEERNET_OFFLINE_SIGN_IN = False
    assert client.get("/").status_code == 302


def test_the_password_is_kept_as_a_hash_only(bob):
    stored = Person.objects.get().password
    assert stored.startswith("argon2")
    assert PASSWORD not in stored


def test_bob_signs_in_at_a_home_that_was_put_back_from_before_his_latest_card(signing_in, server, monkeypatch):
    latest = int(time.time()) + 1000

    def publish(token, card):
        if read_card(decode(Signed, card)).version <= latest:
            raise Refused(409, "card-refused", "A newer card is kept here.")
        server.cards.append(card)

    monkeypatch.setattr(server, "publish_card", publish)
    server.presence = lambda token, device, version: Presence(0, False, 0, card_version=latest)
    assert signing_in().status_code == 302
    assert read_card(decode(Signed, server.cards[-1])).version == latest + 1
