"""App passwords: Alice makes one for a classic program, and takes it back."""

import hashlib
import re

import pytest
from django.test import Client

from accounts import app_passwords
from accounts.models import AppPassword, AuditEntry
from peers.classic.login import password_hash
from peers.classic.year import Year
from tests.accounts.conftest import PASSWORD, make_member, wrong

pytestmark = pytest.mark.django_db
PAGE = "/app-passwords/"


@pytest.fixture(autouse=True)
def classic_on(settings):
    settings.PEERNET_CLASSIC = True


@pytest.fixture
def browser(alice) -> Client:
    """Alice's browser, signed in with her code."""
    client = Client()
    answer = sign_in(client, alice.fresh_code())
    assert answer.status_code == 302
    return client


def sign_in(client: Client, code: str, password: str = PASSWORD):
    return client.post(PAGE, {"user_name": "alice", "password": password, "code": code})


def made_in(client: Client, label: str = "Old laptop") -> str:
    answer = client.post(f"{PAGE}make/", {"label": label})
    return re.search(r"<code>([a-z0-9]{32})</code>", answer.content.decode())[1]


@pytest.mark.parametrize("year", list(Year))
def test_what_a_client_sends_is_known_by_its_hash_in_both_years(browser, alice, year):
    raw = made_in(browser)
    assert app_passwords.person_of("alice", password_hash(year, raw, "alice"), year) == alice.person


def test_neither_the_password_nor_what_a_client_sends_is_kept(browser):
    raw = made_in(browser)
    row = AppPassword.objects.get()
    sent = hashlib.sha256(f"{raw}alice".encode()).hexdigest()
    assert not {raw, sent} & {row.check_2017, row.check_2018, row.label}


def test_the_accounts_own_password_is_no_app_password(alice):
    assert app_passwords.person_of("alice", password_hash(Year.Y2018, PASSWORD, "alice"), Year.Y2018) is None


def test_one_persons_app_password_is_not_anothers(browser, alice):
    make_member("mallory")
    raw = made_in(browser)
    assert app_passwords.person_of("mallory", password_hash(Year.Y2017, raw, "mallory"), Year.Y2017) is None


def test_an_app_password_is_shown_once(browser):
    raw = made_in(browser)
    assert raw not in browser.get(PAGE).content.decode()


def test_the_page_says_that_whoever_listens_can_use_it(browser):
    page = browser.get(PAGE)
    assert "Whoever listens on the way can use it" in page.content.decode()
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_a_revoked_app_password_ends_at_once(browser):
    raw = made_in(browser)
    browser.post(f"{PAGE}{AppPassword.objects.get().pk}/revoke/")
    assert app_passwords.person_of("alice", password_hash(Year.Y2018, raw, "alice"), Year.Y2018) is None
    told = AuditEntry.objects.filter(what__startswith="app password").values_list("what", flat=True)
    assert sorted(told) == ["app password made", "app password revoked"]


def test_mallory_cannot_revoke_alices(browser):
    made_in(browser)
    mallory = make_member("mallory")
    stranger = Client()
    stranger.post(PAGE, {"user_name": "mallory", "password": PASSWORD, "code": mallory.fresh_code()})
    assert stranger.post(f"{PAGE}{AppPassword.objects.get().pk}/revoke/").status_code == 404
    assert AppPassword.objects.count() == 1


def test_a_deactivated_persons_app_password_opens_nothing(browser, alice):
    raw = made_in(browser)
    alice.person.is_active = False
    alice.person.save()
    assert app_passwords.person_of("alice", password_hash(Year.Y2018, raw, "alice"), Year.Y2018) is None


def test_five_are_the_most(browser):
    for number in range(app_passwords.MOST):
        made_in(browser, f"Program {number}")
    answer = browser.post(f"{PAGE}make/", {"label": "One more"})
    assert answer.status_code == 422
    assert "five app passwords already" in answer.content.decode()


def test_a_wrong_code_lets_nobody_in(alice):
    client = Client()
    assert sign_in(client, wrong(alice.fresh_code())).status_code == 401
    assert client.post(f"{PAGE}make/", {"label": "x"}).status_code == 302
    assert not AppPassword.objects.exists()


def test_a_session_without_a_code_makes_none(alice):
    client = Client()
    client.force_login(alice.person)
    client.post(f"{PAGE}make/", {"label": "x"})
    assert not AppPassword.objects.exists()


def test_whoever_signed_in_here_is_no_admin(browser):
    assert browser.get("/admin/").status_code == 403


def test_after_signing_off_the_page_asks_again(browser):
    browser.post(f"{PAGE}sign-off/")
    assert "Sign in to see yours" in browser.get(PAGE).content.decode()


def test_a_form_from_elsewhere_is_refused(alice):
    assert Client(enforce_csrf_checks=True).post(PAGE, {"user_name": "alice"}).status_code == 403


@pytest.mark.parametrize("path", ["", "make/", "1/revoke/", "sign-off/"])
def test_there_is_no_page_where_the_classic_network_is_off(settings, path):
    settings.PEERNET_CLASSIC = False
    assert Client().post(f"{PAGE}{path}").status_code == 404
