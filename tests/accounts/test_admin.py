"""The admin's pages."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services
from accounts.admin_site import site
from accounts.models import ApiToken, AuditEntry, Invitation, PersonDevice
from tests.accounts.conftest import PASSWORD, Node
from tests.accounts.test_changes import sign_in_to_admin

PAGES = ["", "accounts/person/", "accounts/invitation/", "accounts/auditentry/"]


@pytest.mark.parametrize("page", PAGES)
def test_a_password_alone_shows_nothing(boss, client, page):
    client.force_login(boss.person)
    assert client.get(f"/admin/{page}").status_code == 302


def test_the_sign_in_form_wants_the_code(boss):
    fields = {"username": "boss", "password": PASSWORD, "code": "", "next": "/admin/"}
    assert Client().post("/admin/login/", fields).status_code == 200


def test_alice_is_no_admin(alice):
    client = Client()
    fields = {"username": "alice", "password": PASSWORD, "code": alice.code(), "next": "/admin/"}
    assert client.post("/admin/login/", fields).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_no_page_shows_a_secret(boss, alice):
    Node().sign_in("alice", alice.fresh_code())
    client = sign_in_to_admin(boss)
    secrets = [alice.person.password, alice.device.key, boss.device.key, ApiToken.objects.get().token_hash]
    secrets += Invitation.objects.values_list("token_hash", flat=True)
    for page in [*PAGES, f"accounts/person/{alice.person.pk}/change/"]:
        text = client.get(f"/admin/{page}").content.decode()
        assert not any(secret in text for secret in secrets), page


def test_the_secrets_of_authenticator_apps_are_not_in_the_admin():
    assert not site.is_registered(TOTPDevice)


def test_the_admin_deactivates_alice(boss, alice, node):
    node.sign_in("alice", alice.fresh_code())
    act(sign_in_to_admin(boss), "deactivate", alice, confirmed="yes")
    assert node.get("me").status_code == 401


def test_a_new_invitation_is_shown_once_and_not_kept(boss, alice):
    client = sign_in_to_admin(boss)
    act(client, "deactivate", alice, confirmed="yes")
    page = act(client, "resend_invitation", alice, confirmed="yes")
    assert b"token=" in page.content
    assert "no-store" in page["Cache-Control"]


def test_the_audit_log_cannot_be_changed(boss):
    client = sign_in_to_admin(boss)
    assert client.get("/admin/accounts/auditentry/add/").status_code == 403


def act(client, action, member, **more):
    fields = {"action": action, "_selected_action": [str(member.person.pk)], **more}
    return client.post("/admin/accounts/person/", fields)


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("open", ["alice", "boss"]),
        ("invited", ["noor"]),
        ("closed", ["zoe"]),
        ("nonsense", ["alice", "boss", "noor", "zoe"]),
    ],
)
def test_people_are_narrowed_down_by_what_their_account_is(boss, alice, state, names):
    for name in ("noor", "zoe"):
        services.invite(name)
    Invitation.objects.filter(person__user_name="zoe").update(expires_at=timezone.now())
    page = sign_in_to_admin(boss).get(f"/admin/accounts/person/?state={state}")
    assert [person.user_name for person in page.context["cl"].result_list] == names


def test_a_person_shows_when_they_signed_in_last_on_their_node_too(boss, alice, node):
    client = sign_in_to_admin(boss)
    page = client.get("/admin/accounts/person/?q=alice")
    assert page.context["cl"].result_list[0].signed_in_at is None
    node.sign_in("alice", alice.fresh_code())
    page = client.get("/admin/accounts/person/?q=alice")
    assert page.context["cl"].result_list[0].signed_in_at is not None


def test_the_audit_log_tells_the_second(boss):
    entry = AuditEntry.objects.filter(what=AuditEntry.What.ACCOUNT_OPENED).get()
    page = sign_in_to_admin(boss).get("/admin/accounts/auditentry/").content.decode()
    assert f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}" in page


@pytest.mark.parametrize(("state", "count"), [("use", 1), ("withdrawn", 0), ("ended", 0)])
def test_devices_are_narrowed_down_by_their_state(boss, alice, state, count):
    later = timezone.now() + timedelta(days=3)
    PersonDevice.objects.create(key=b"k" * 32, person=alice.person, certificate=b"", expires_at=later)
    page = sign_in_to_admin(boss).get(f"/admin/accounts/persondevice/?state={state}")
    assert len(page.context["cl"].result_list) == count


@pytest.mark.parametrize(("state", "count"), [("open", 1), ("used", 2), ("expired", 0)])
def test_invitations_are_narrowed_down_by_their_state(boss, alice, state, count):
    services.invite("noor")
    page = sign_in_to_admin(boss).get(f"/admin/accounts/invitation/?state={state}")
    assert len(page.context["cl"].result_list) == count
