"""Signing in, and failing to."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import passwords, services, throttle
from accounts.models import AuditEntry, BackupCode
from tests.accounts.conftest import PASSWORD, Node, wrong


def test_alice_signs_in_with_one_request(alice, node):
    assert node.sign_in("alice", alice.code()).status_code == 200
    assert node.get("me").json()["name"] == "alice"


def test_everything_wrong_gets_the_same_answer(alice, bob, node):
    services.deactivate(bob.person)
    services.invite("carol")
    answers = [
        node.sign_in("alice", alice.code(), "wrong password"),
        node.sign_in("alice", wrong(alice.code())),
        node.sign_in("nobody", "123456"),
        node.sign_in("bob", bob.code()),
        node.sign_in("carol", "123456"),
    ]
    assert {(a.status_code, a.content) for a in answers} == {(401, answers[0].content)}


def test_the_password_is_hashed_for_unknown_names_too(db, node, monkeypatch):
    seen = []
    monkeypatch.setattr(passwords, "make_password", lambda text: seen.append(text) or make_password(text))
    node.sign_in("nobody", "123456")
    assert seen == [PASSWORD]


def test_the_tenth_wrong_password_is_throttled_and_noted(alice, node):
    statuses = [node.sign_in("alice", "123456", "wrong").status_code for _ in range(10)]
    assert statuses == [401] * 9 + [429]
    assert AuditEntry.objects.filter(what="throttled", who=alice.person).exists()


def test_a_flood_is_noted_once(alice, node):
    for _ in range(30):
        node.sign_in("alice", "123456", "wrong")
    assert AuditEntry.objects.filter(what="throttled").count() == 1


def test_a_throttled_answer_says_when_to_come_back(alice, node):
    for _ in range(10):
        answer = node.sign_in("alice", "123456", "wrong")
    assert 0 < int(answer["Retry-After"]) <= 15 * 60 + 1


def test_mallory_cannot_lock_alice_out_from_elsewhere(alice, node):
    mallory = Node("203.0.113.9")
    for _ in range(100):
        mallory.sign_in("alice", "123456", "wrong")
    assert node.sign_in("alice", alice.code()).status_code == 200


def test_one_password_for_many_names_is_throttled_by_address(db, node):
    statuses = {node.sign_in(f"name{number}", "123456").status_code for number in range(70)}
    assert statuses == {401, 429}


def test_a_code_works_once(alice, node):
    code = alice.code()
    assert node.sign_in("alice", code).status_code == 200
    assert node.sign_in("alice", code).status_code == 401


def test_wrong_codes_make_even_the_right_one_wait(alice, node):
    for _ in range(3):
        node.sign_in("alice", wrong(alice.code()))
    assert node.sign_in("alice", alice.code()).status_code == 401


def test_a_hundred_guesses_at_the_code_end_the_day(alice):
    for _ in range(100):
        throttle.may_guess_code(alice.person.pk)
    assert Node("198.51.100.1").sign_in("alice", alice.code()).status_code == 401


@pytest.mark.parametrize(
    "text",
    ["", "12345", "1234567", "\uff11\uff12\uff13\uff14\uff15\uff16", "²²²²²²", "-1", "1e5", "+12345", "1" * 10_000],
)
def test_what_is_no_code_is_refused(alice, node, text):
    assert node.sign_in("alice", text).status_code in {400, 401}


def test_spaces_in_a_code_do_not_matter(alice, node):
    code = alice.code()
    assert node.sign_in("alice", f" {code[:3]} {code[3:]}").status_code == 200


def test_a_code_two_steps_old_is_refused(alice, node):
    assert node.sign_in("alice", alice.code(-2)).status_code == 401


def test_a_backup_code_works_once(alice, node):
    assert node.sign_in("alice", alice.backup_codes[0]).status_code == 200
    assert node.sign_in("alice", alice.backup_codes[0]).status_code == 401


def test_a_backup_code_may_be_typed_without_dashes(alice, node):
    assert node.sign_in("alice", alice.backup_codes[0].replace("-", " ").lower()).status_code == 200


def test_new_backup_codes_end_the_old_ones(alice, node):
    node.sign_in("alice", alice.code())
    answer = node.post("backup-codes", password=PASSWORD, code=alice.fresh_code())
    assert len(answer.json()["backup_codes"]) == 10
    assert node.sign_in("alice", alice.backup_codes[0]).status_code == 401


def test_backup_codes_are_stored_hashed(alice):
    stored = " ".join(BackupCode.objects.values_list("code_hash", flat=True))
    assert not any(code.replace("-", "")[5:] in stored for code in alice.backup_codes)


def test_bobs_code_does_not_open_alices_account(alice, bob, node):
    TOTPDevice.objects.filter(user=alice.person).update(throttling_failure_count=0)
    assert node.sign_in("alice", bob.code()).status_code == 401


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["totp", "backup"])
def test_a_code_used_twice_at_once_works_once(alice, kind):
    code = alice.code() if kind == "totp" else alice.backup_codes[0]

    def use(number: int) -> int:
        try:
            return Node(f"192.0.2.{number}").sign_in("alice", code).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == [200, 401, 401, 401]
