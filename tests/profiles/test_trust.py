"""The safety number, its mark, and what becomes of both when keys change."""

import pytest
from django.test import Client

from accounts.models import AuditEntry
from peers import people
from peers.models import KnownPerson
from peers.protocol import safety
from peers.protocol.codec import encode
from peers.protocol.statements import begin
from profiles import trust
from profiles.errors import NumberChanged
from profiles.models import Verification
from tests.protocol.cast import Device

What = AuditEntry.What


def list_of(device: Device) -> bytes:
    return encode(people.StatementList([begin(device.key, device.person)]))


@pytest.fixture
def pinned(alices, alice) -> KnownPerson:
    """Alice, with the list that Bob pinned."""
    alices.statements = list_of(alice)
    alices.save()
    return alices


@pytest.fixture
def change_keys(pinned, alice):
    """The directory shows another list for Alice."""

    def changed() -> bytes:
        other = Device.new()
        other.person = alice.person
        pinned.refresh_from_db()
        people._compare_lists(pinned, [begin(other.key, other.person)])
        pinned.refresh_from_db()
        return people.pending(pinned)

    return changed


def noted() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("what", flat=True))


def test_alice_computes_the_same_number(pinned, bob, alice):
    bobs = begin(trust.signing_key(bob), bytes(bob.person)).body
    hers = safety.safety_number(
        safety.half(alice.person, begin(alice.key, alice.person).body), safety.half(bytes(bob.person), bobs)
    )
    assert trust.number_with(pinned) == hers


def test_the_mark_lasts_and_can_be_taken_back(pinned, bobs_account):
    trust.mark_compared(pinned, trust.number_with(pinned))
    assert trust.trust_in(pinned).compared_at
    trust.take_mark_back(pinned)
    assert not trust.trust_in(pinned).compared_at
    assert noted() == [What.COMPARED, What.MARK_TAKEN_BACK]


def test_a_number_that_is_no_longer_true_gets_no_mark(pinned):
    with pytest.raises(NumberChanged):
        trust.mark_compared(pinned, "0" * 60)
    assert not Verification.objects.exists()


def test_while_the_keys_are_in_doubt_there_is_no_mark(pinned, change_keys):
    trust.mark_compared(pinned, trust.number_with(pinned))
    change_keys()
    assert not trust.trust_in(pinned).compared_at
    with pytest.raises(NumberChanged):
        trust.mark_compared(pinned, trust.number_with(pinned))


def test_accepting_new_keys_takes_the_mark_away(pinned, change_keys):
    trust.mark_compared(pinned, trust.number_with(pinned))
    people.judge_keys(pinned, True, change_keys())
    assert not Verification.objects.exists()
    assert noted()[1:] == [What.KEYS_CHANGED, What.KEYS_ACCEPTED]


def test_refusing_new_keys_keeps_the_mark(pinned, change_keys):
    trust.mark_compared(pinned, trust.number_with(pinned))
    people.judge_keys(pinned, False, change_keys())
    pinned.refresh_from_db()
    assert trust.trust_in(pinned).compared_at
    assert noted()[1:] == [What.KEYS_CHANGED, What.KEYS_REFUSED]


def test_the_banner_shows_old_and_new_and_decides_about_what_it_showed(pinned, change_keys, browser, alice):
    shown = change_keys()
    page = browser.get(f"/with/{pinned.pk}/").content.decode()
    assert shown.hex() in page
    assert alice.id.hex()[:8] in page
    assert page.count("safety number <code>") == 2


def test_the_page_takes_the_comparison_of_the_number_that_it_showed(pinned, browser):
    path = f"/people/{pinned.pk}/safety"
    assert browser.post(path, {"answer": "same", "number": "1" * 60}).status_code == 409
    assert browser.post(path, {"answer": "same", "number": trust.number_with(pinned)}).status_code == 302
    assert "You compared on" in browser.get(path).content.decode()
    assert "safety number compared" in browser.get("/").content.decode()
    browser.post(path, {"answer": "forget"})
    assert not Verification.objects.exists()


def test_an_offline_session_compares_nothing(pinned, sign_in):
    browser = sign_in(Client(), with_code=False)
    path = f"/people/{pinned.pk}/safety"
    assert browser.post(path, {"answer": "same", "number": trust.number_with(pinned)}).status_code == 403
    assert not Verification.objects.exists()


def test_the_page_of_a_person_names_devices_and_what_protects(pinned, browser, known_alice):
    page = browser.get(f"/people/{pinned.pk}/").content.decode()
    assert bytes(known_alice.device).hex() in page
    assert "ML-KEM-768" in page
