"""The member's settings: each change needs the login server, the password and a fresh code."""

import hashlib
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts.models import Person
from peers.member.agents import words_for
from peers.models import SessionUse
from tests.member.conftest import CODE, PASSWORD, SENTENCE

NEW = "another long secret"
PROOF = {"password": PASSWORD, "code": CODE}
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
PAGES = ["/settings/password", "/settings/backup-codes", "/settings/phone"]


@pytest.fixture
def elsewhere(bob, signing_in):
    """Bob, signed in in another browser too."""
    other = Client(headers={"User-Agent": "Other/1.0 <script>"})
    other.post("/sign-in", {"name": "bob", "password": PASSWORD, "code": CODE})
    assert other.get("/settings/").status_code == 200
    return other


def test_a_new_password_counts_here_and_there_and_ends_other_sessions(bob, server, elsewhere):
    answer = bob.post("/settings/password", {**PROOF, "new_password": NEW})
    assert "done" in answer.content.decode()
    assert server.changed == [NEW]
    assert Person.objects.get().check_password(NEW)
    assert bob.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302


def test_one_other_browser_is_signed_out_alone(bob, elsewhere, signing_in):
    third = Client(headers={"User-Agent": "Third/1.0"})
    third.post("/sign-in", {"name": "bob", "password": PASSWORD, "code": CODE})
    bob.post("/settings/browsers", {"browser": mark_of(elsewhere)})
    assert elsewhere.get("/settings/").status_code == 302
    assert third.get("/settings/").status_code == 200
    assert bob.get("/settings/").status_code == 200


def test_this_browser_and_one_that_nobody_has_are_not_signed_out(bob, elsewhere):
    for mark in (mark_of(bob), "0" * 16):
        bob.post("/settings/browsers", {"browser": mark})
    assert bob.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 200


def mark_of(client: Client) -> str:
    """What names a browser in the settings, from which its session cannot be found."""
    return hashlib.sha256(client.session.session_key.encode()).hexdigest()[:16]


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"code": "000000"}])
def test_a_wrong_proof_changes_nothing(bob, server, wrong):
    answer = bob.post("/settings/password", {**PROOF, "new_password": NEW, **wrong})
    assert answer.status_code == 422
    assert SENTENCE in answer.content.decode()
    assert Person.objects.get().check_password(PASSWORD)


def test_a_poor_password_is_explained(bob, server):
    answer = bob.post("/settings/password", {**PROOF, "new_password": "short"})
    assert "at least 12 characters" in answer.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_while_the_login_server_is_away_nothing_is_changed(bob, server, path):
    server.is_away = True
    answer = bob.post(path, {**PROOF, "new_password": NEW})
    assert "Nothing was changed" in answer.content.decode()
    assert Person.objects.get().check_password(PASSWORD)


def test_new_backup_codes_are_shown_once(bob):
    answer = bob.post("/settings/backup-codes", PROOF)
    assert "cccc-dddd" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert "cccc-dddd" not in bob.get("/settings/backup-codes").content.decode()


def test_a_new_phone_counts_after_its_first_code(bob, server, elsewhere):
    assert bob.get("/settings/phone/code").url == "/settings/phone"
    assert bob.post("/settings/phone", PROOF).url == "/settings/phone/code"
    assert "KRSXG5BAKRSXG5BA" in bob.get("/settings/phone/code").content.decode()
    assert bob.post("/settings/phone/code", {"code": "111111"}).status_code == 422
    assert "counts from now on" in bob.post("/settings/phone/code", {"code": "654321"}).content.decode()
    assert server.changed == ["phone"]
    assert bob.get("/settings/phone/code").url == "/settings/phone"
    assert elsewhere.get("/settings/").status_code == 302


def test_all_browsers_are_listed_and_the_others_can_be_ended(bob, elsewhere):
    page = bob.get("/settings/").content.decode()
    assert "Other/1.0 &lt;script&gt; False" in page
    assert bob.post("/settings/browsers").status_code == 302
    assert elsewhere.get("/settings/").status_code == 302
    assert "Other/1.0" not in bob.get("/settings/").content.decode()


def test_each_browser_says_when_and_from_where_it_was_used_last_and_the_latest_comes_first(bob, elsewhere):
    third = Client(headers={"User-Agent": "Third/1.0"}, REMOTE_ADDR="192.0.2.7")
    third.post("/sign-in", {"name": "bob", "password": PASSWORD, "code": CODE})
    third.get("/settings/")
    SessionUse.objects.filter(session=elsewhere.session.session_key).update(at=timezone.now() - timedelta(days=3))
    this, latest, longest_ago = bob.get("/settings/").context["browsers"]
    assert (this.is_this, this.place) == (True, "this computer")
    assert (latest.agent, latest.place) == ("Third/1.0", "192.0.2.7")
    assert longest_ago.agent.startswith("Other/1.0")
    assert timezone.now() - longest_ago.used > timedelta(days=2)


def test_a_use_is_written_rarely_and_at_once_from_another_address(bob):
    before = timezone.now() - timedelta(minutes=2)
    bob.get("/settings/")
    SessionUse.objects.update(at=before)
    bob.get("/settings/")
    assert SessionUse.objects.get().at == before
    bob.get("/settings/", REMOTE_ADDR="192.0.2.7")
    used = SessionUse.objects.get()
    assert (used.at > before, used.address) == (True, "192.0.2.7")


def test_a_use_ends_with_its_session(bob):
    bob.get("/settings/")
    bob.post("/sign-off")
    assert not SessionUse.objects.exists()


def test_a_page_is_shown_although_its_use_cannot_be_noted(bob, monkeypatch):
    def is_full(_):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(SessionUse, "save", is_full)
    assert bob.get("/settings/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/146.0.0.0 Safari/537.36", "Chrome or Chromium on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64) {WEBKIT} Chrome/146.0.0.0 Safari/537.36 Edg/146.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:147.0) Gecko/20100101 Firefox/147.0", "Firefox on macOS"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) {WEBKIT} Version/19.0 Safari/604",
            "Safari on iPhone",
        ),
        (f"Mozilla/5.0 (Linux; Android 16; K) {WEBKIT} Chrome/146.0.0.0 Mobile", "Chrome or Chromium on Android"),
        ("curl/8.5", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_in_words(agent, words):
    assert words_for(agent) == words


@pytest.mark.parametrize(("theme", "kept"), [("dark", "dark"), ("light", "light"), ("", ""), ("<script>", "")])
def test_a_browser_keeps_how_it_wants_the_pages(bob, theme, kept):
    bob.post("/settings/appearance", {"theme": "dark"})
    bob.post("/settings/appearance", {"theme": theme})
    assert bob.get("/settings/").context["theme"] == kept


def test_an_offline_session_changes_nothing_of_the_account(bob, server):
    server.is_away = True
    offline = Client()
    offline.post("/sign-in", {"name": "bob", "password": PASSWORD, "code": ""})
    assert offline.get("/settings/").status_code == 200
    for path in [*PAGES, "/settings/browsers"]:
        assert offline.post(path, PROOF).status_code == 403


@pytest.mark.parametrize("path", ["/settings/", "/settings/phone/code", *PAGES])
def test_strangers_see_no_settings(server, path):
    assert Client().get(path).status_code == 302
    assert Client().post(path, PROOF).status_code in (403, 405)
