"""What an admin sees of the classic network: app passwords, never their secret, and blocked names."""

import json

import pytest

from accounts import app_passwords
from accounts.models import AppPassword, AuditEntry
from peers.directory import changes_since, last_change
from peers.models import ClassicBlock
from peers.older import blocks
from tests.accounts.test_changes import sign_in_to_admin

PASSWORDS, BLOCKED = "/admin/accounts/apppassword/", "/admin/peers/classicblock/"


@pytest.fixture(autouse=True)
def classic(settings):
    settings.PEERNET_CLASSIC = True
    blocks.forget()
    yield
    blocks.forget()


@pytest.fixture
def pages(boss):
    return sign_in_to_admin(boss)


def test_app_passwords_are_listed_without_their_secret_and_revoked_after_a_question(pages, boss, alice):
    row, raw = app_passwords.make(alice.person, "An older program", "192.0.2.1")
    shown = pages.get(PASSWORDS).content.decode()
    assert "An older program" in shown
    assert not any(secret in shown for secret in (raw, row.check_2017, row.check_2018))
    fields = {"action": "revoke", "_selected_action": [str(row.pk)]}
    assert b"Revoke these app passwords?" in pages.post(PASSWORDS, fields).content
    assert AppPassword.objects.exists()
    pages.post(PASSWORDS, fields | {"confirmed": "yes"})
    assert not AppPassword.objects.exists()
    noted = AuditEntry.objects.get(what=AuditEntry.What.APP_PASSWORD_REVOKED)
    assert (noted.who, noted.subject) == (boss.person, "An older program, of alice")


def test_nobody_makes_or_changes_an_app_password_here(pages, alice):
    row, _ = app_passwords.make(alice.person, "test", "192.0.2.1")
    assert pages.get(f"{PASSWORDS}add/").status_code == 403
    assert "_save" not in pages.get(f"{PASSWORDS}{row.pk}/change/").content.decode()


def test_an_admin_blocks_a_name_and_lets_it_in_again(pages, boss):
    assert pages.post(f"{BLOCKED}add/", {"name": "mallory", "why": "spam"}).status_code == 302
    assert blocks.is_blocked("Mallory")
    row = ClassicBlock.objects.get()
    assert pages.post(f"{BLOCKED}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not blocks.is_blocked("mallory")
    written = AuditEntry.objects.filter(subject="mallory").order_by("pk").values_list("what", flat=True)
    assert list(written) == ["classic name blocked", "classic name let in again"]


def test_what_can_be_no_name_is_not_blocked_and_the_form_says_why(pages):
    shown = pages.post(f"{BLOCKED}add/", {"name": "a b"})
    assert (shown.status_code, "it has no blanks and no quotes" in shown.content.decode()) == (200, True)
    assert not ClassicBlock.objects.exists()


def test_each_block_is_a_change_that_nodes_are_told_of_at_once(pages):
    before = last_change()
    pages.post(f"{BLOCKED}add/", {"name": "mallory"})
    page = changes_since(before, last_change())
    assert (last_change(), json.loads(page.body)["classic_blocked"], page.is_news) == (before + 1, ["mallory"], True)
    pages.post(f"{BLOCKED}{ClassicBlock.objects.get().pk}/delete/", {"post": "yes"})
    assert json.loads(changes_since(before + 1, last_change()).body)["classic_blocked"] == []


def test_with_the_classic_network_off_the_admin_does_not_speak_of_it(pages, settings):
    settings.PEERNET_CLASSIC = False
    assert "classic" not in pages.get("/admin/").content.decode().lower()
