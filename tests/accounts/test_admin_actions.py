"""What an admin does on the pages: asked first where it is for good, and written down each time."""

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import devices, services
from accounts.models import AuditEntry, Person, PersonDevice
from peers.protocol.certificate import request_certificate
from peers.protocol.codec import encode
from tests.accounts.conftest import PASSWORD, Node
from tests.accounts.test_admin import act
from tests.accounts.test_changes import NEW, sign_in_to_admin
from tests.protocol.cast import Device

CSS = Path(__file__).resolve().parents[2] / "static" / "peernet"
What = AuditEntry.What
HERE = "127.0.0.1"


@pytest.fixture
def pages(boss):
    return sign_in_to_admin(boss)


@pytest.fixture
def laptop(alice, node) -> PersonDevice:
    """Alice's laptop, certified over her sign-in."""
    node.sign_in("alice", alice.fresh_code())
    token, device = alice.person.tokens.get(), Device.new()
    proof = request_certificate(device.key, devices.new_nonce(token), alice.person.pk.bytes)
    devices.certify(token, device.id, encode(proof), "192.0.2.1")
    return PersonDevice.objects.get()


def withdraw(client, device, **more):
    return client.post(
        "/admin/accounts/persondevice/", {"action": "withdraw", "_selected_action": [str(device.pk)], **more}
    )


def last(what):
    return AuditEntry.objects.filter(what=what).first()


def test_withdrawing_asks_first_and_says_that_it_is_for_good(pages, laptop, node):
    asked = withdraw(pages, laptop)
    assert asked.status_code == 200
    text = asked.content.decode()
    assert "for good" in text
    assert f"Device {laptop.short_key} of alice" in text
    laptop.refresh_from_db()
    assert laptop.withdrawal is None
    assert node.get("me").status_code == 200


def test_a_confirmed_withdrawal_ends_the_device_and_is_written_down(pages, boss, laptop, node):
    withdraw(pages, laptop, confirmed="yes")
    laptop.refresh_from_db()
    assert laptop.withdrawal_number == 1
    assert node.get("me").status_code == 401
    entry = last(What.DEVICE_WITHDRAWN)
    assert (entry.who, entry.address, entry.subject) == (boss.person, HERE, bytes(laptop.key).hex()[:16])


def test_a_device_shows_its_certificate_and_its_withdrawal_and_no_key(pages, laptop):
    withdraw(pages, laptop, confirmed="yes")
    page = pages.get(f"/admin/accounts/persondevice/{laptop.pk}/change/").content.decode()
    for label in ("Certified from", "Certified until", "Withdrawn on", laptop.short_key):
        assert label in page
    for secret in (laptop.key, laptop.certificate):
        assert bytes(secret).hex() not in page


def test_deactivating_asks_first(pages, alice, laptop, node):
    assert "keys have changed" in act(pages, "deactivate", alice).content.decode()
    assert node.get("me").status_code == 200
    assert Person.objects.get(pk=alice.person.pk).is_active


def test_deactivating_inviting_and_inviting_again_are_written_down(pages, boss, alice):
    act(pages, "deactivate", alice, confirmed="yes")
    assert (last(What.DEACTIVATED).who, last(What.DEACTIVATED).address) == (boss.person, HERE)
    assert "got before end" in act(pages, "resend_invitation", alice).content.decode()
    act(pages, "resend_invitation", alice, confirmed="yes")
    entry = last(What.INVITED)
    assert (entry.who, entry.address, entry.subject) == (boss.person, HERE, "alice")
    pages.post("/admin/accounts/person/add/", {"user_name": "dave", "role": "person", "days": "7"})
    assert (last(What.INVITED).subject, last(What.INVITED).who) == ("dave", boss.person)


def test_releasing_asks_first_withdraws_and_shows_the_link_for_a_new_computer(pages, boss, alice, laptop, node):
    assert "for good" in act(pages, "release", alice).content.decode()
    assert node.get("me").status_code == 200
    page = act(pages, "release", alice, confirmed="yes")
    assert re.search(r"/computer/#server=\S+&amp;key=[0-9a-f]{64}", page.content.decode())
    assert "no-store" in page["Cache-Control"]
    laptop.refresh_from_db()
    assert laptop.withdrawal is not None
    assert node.get("me").status_code == 401
    assert (last(What.RELEASED).who, last(What.RELEASED).subject) == (boss.person, "alice")


def test_alice_signs_in_after_her_release_as_before(pages, alice, laptop, node):
    act(pages, "release", alice, confirmed="yes")
    assert node.sign_in("alice", alice.fresh_code()).status_code == 200


def test_somebody_whose_account_is_not_open_is_not_released(pages):
    carol = services.invite("carol")[0].person
    page = pages.post(
        "/admin/accounts/person/",
        {"action": "release", "_selected_action": [str(carol.pk)], "confirmed": "yes"},
        follow=True,
    )
    assert "This account is not open" in page.content.decode()


def test_the_command_releases_too_and_prints_the_link(alice, laptop):
    out = io.StringIO()
    call_command("release", "Alice", stdout=out)
    assert "/computer/#server=" in out.getvalue()
    laptop.refresh_from_db()
    assert laptop.withdrawal is not None
    with pytest.raises(CommandError):
        call_command("release", "nobody")


def test_an_admin_deactivates_nobody_with_themselves_among_them(pages, boss, alice):
    fields = {
        "action": "deactivate",
        "confirmed": "yes",
        "_selected_action": [str(alice.person.pk), str(boss.person.pk)],
    }
    answer = pages.post("/admin/accounts/person/", fields, follow=True)
    assert b"You cannot deactivate yourself" in answer.content
    assert Person.objects.filter(is_active=True).count() == 2


def test_an_admin_cannot_give_up_their_own_role(pages, boss):
    pages.post(f"/admin/accounts/person/{boss.person.pk}/change/", {"display_name": "Boss", "role": "person"})
    assert Person.objects.get(pk=boss.person.pk).role == "admin"


def test_whoever_is_no_admin_any_more_is_off_the_pages_at_once(pages, boss, alice):
    Person.objects.filter(pk=alice.person.pk).update(role="admin")
    alices = sign_in_to_admin(alice)
    pages.post(f"/admin/accounts/person/{alice.person.pk}/change/", {"display_name": "Alice", "role": "person"})
    assert alices.get("/admin/").status_code == 302
    assert (last(What.PERSON_CHANGED).who, last(What.PERSON_CHANGED).subject) == (boss.person, "alice, person")


@pytest.mark.parametrize("page", ["", "accounts/person/", "accounts/persondevice/", "peers/directoryentry/"])
def test_somebody_signed_in_who_is_no_admin_gets_403(alice, page, client):
    client.force_login(alice.person)
    assert client.get(f"/admin/{page}").status_code == 403
    assert client.post(f"/admin/{page}", {"action": "withdraw"}).status_code == 403


@pytest.mark.parametrize(
    "page", ["accounts/invitation/add/", "accounts/persondevice/add/", "peers/directoryentry/add/"]
)
def test_what_is_only_to_look_at_is_not_made_by_hand(pages, page):
    assert pages.get(f"/admin/{page}").status_code == 403


def test_nobody_is_deleted_here(pages, alice, laptop):
    for path in (
        f"person/{alice.person.pk}",
        f"persondevice/{laptop.pk}",
        f"auditentry/{AuditEntry.objects.first().pk}",
    ):
        assert pages.post(f"/admin/accounts/{path}/delete/", {"post": "yes"}).status_code == 403


def test_people_devices_presence_and_the_log_are_searched(pages, alice, bob, laptop):
    for page in ("accounts/person", "accounts/persondevice", "peers/directoryentry"):
        assert b"alice" in pages.get(f"/admin/{page}/?q=alice").content
    assert b"bob" not in pages.get("/admin/accounts/person/?q=alice").content.partition(b'id="changelist-form"')[2]
    assert pages.get("/admin/accounts/auditentry/?what=signed+in&q=boss").status_code == 200


def test_a_device_is_found_by_how_its_key_begins(pages, laptop):
    other = PersonDevice.objects.create(key=b"k" * 32, person=laptop.person, certificate=b"", expires_at=timezone.now())
    for page, of in (("accounts/persondevice", "key"), ("peers/directoryentry", "device__key")):
        rows = pages.get(f"/admin/{page}/?q={laptop.short_key}").context["cl"].result_list
        assert [rows[0].pk, len(rows)] == [rows.model.objects.get(**{of: laptop.key}).pk, 1]
    assert len(pages.get(f"/admin/accounts/persondevice/?q={other.short_key}").context["cl"].result_list) == 1
    assert len(pages.get("/admin/accounts/persondevice/?q=0123456789").context["cl"].result_list) == 0


@pytest.mark.parametrize(
    ("page", "words"), [("accounts/auditentry", "audit log entries"), ("peers/directoryentry", "presence entr")]
)
def test_a_list_counts_what_stands_in_it(pages, laptop, page, words):
    text = pages.get(f"/admin/{page}/").content.decode()
    assert re.search(rf'class="paginator">\s*\d+ {words}', text)


def test_a_new_password_needs_the_old_one_and_a_code_and_ends_the_session(pages, boss):
    fields = {"password": "not it", "new_password": NEW, "code": boss.fresh_code()}
    assert pages.post("/admin/password_change/", fields).status_code == 422
    fields["password"] = PASSWORD
    assert pages.post("/admin/password_change/", fields).status_code == 302
    assert last(What.PASSWORD_CHANGED).who == boss.person
    assert pages.get("/admin/").status_code == 302
    assert Node().sign_in("boss", boss.fresh_code(), NEW).status_code == 200


def test_djangos_own_form_for_a_password_does_nothing(pages, boss):
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert pages.post("/admin/password_change/", fields).status_code == 422
    assert Person.objects.get(pk=boss.person.pk).check_password(PASSWORD)


def test_the_pages_carry_the_name_and_the_colours():
    page = Client().get("/admin/login/").content.decode()
    assert "· PeerNet</title>" in page
    assert "peernet/admin.css" in page
    assert "Django" not in page


def test_the_colours_are_those_of_every_page():
    base, own = (set(re.findall(r"light-dark\(.*?\)", (CSS / name).read_text())) for name in ("base.css", "admin.css"))
    assert own
    assert own <= base
