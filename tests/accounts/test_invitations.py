"""Opening an account by invitation."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services
from accounts.models import Invitation, Person
from tests.accounts.conftest import PASSWORD, code_of, wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def carols_token() -> str:
    return services.invite("carol")[1]


def start(node, token, password=PASSWORD):
    return node.post("invitations/start", token=token, password=password)


def pending_code() -> str:
    return code_of(TOTPDevice.objects.get(confirmed=False))


def test_carol_opens_her_account(node, carols_token):
    assert start(node, carols_token).json()["secret"]
    answer = node.post("invitations/finish", token=carols_token, code=pending_code())
    assert len(answer.json()["backup_codes"]) == 10
    assert Person.objects.get(name_key="carol").is_active


def test_an_invitation_works_once(node, carols_token):
    start(node, carols_token)
    node.post("invitations/finish", token=carols_token, code=pending_code())
    assert start(node, carols_token).status_code == 403


def test_an_expired_invitation_is_refused(node, carols_token):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert start(node, carols_token).status_code == 403


def test_a_new_invitation_ends_the_old_one(node, carols_token):
    services.renew_invitation(Person.objects.get(name_key="carol"))
    assert start(node, carols_token).status_code == 403


def test_a_wrong_first_code_opens_nothing(node, carols_token):
    start(node, carols_token)
    answer = node.post("invitations/finish", token=carols_token, code=wrong(pending_code()))
    assert answer.status_code == 403
    assert not Person.objects.get(name_key="carol").is_active


def test_finishing_before_starting_is_refused(node, carols_token):
    assert node.post("invitations/finish", token=carols_token, code="123456").status_code == 403


def test_a_short_password_is_refused(node, carols_token):
    assert start(node, carols_token, "short").status_code == 422


def test_starting_again_shows_another_secret(node, carols_token):
    assert start(node, carols_token).json()["secret"] != start(node, carols_token).json()["secret"]


def test_the_token_is_not_stored(carols_token):
    assert carols_token not in str(Invitation.objects.values().get())


def test_the_command_prints_a_link_that_works(node):
    out = StringIO()
    call_command("invite", "dora", "--admin", stdout=out)
    token = out.getvalue().partition("token=")[2].split()[0].partition("&")[0]
    assert start(node, token).status_code == 200
    assert Person.objects.get(name_key="dora").role == "admin"


def test_the_command_refuses_a_taken_name(carols_token):
    with pytest.raises(CommandError):
        call_command("invite", "Carol", stdout=StringIO())


def test_carol_opens_her_account_in_a_browser(client, carols_token):
    link = services.invitation_link(carols_token)
    page = client.post("/invitation/", {"token": link, "password": PASSWORD})
    assert b"<svg" in page.content
    assert "no-store" in page["Cache-Control"]
    page = client.post("/invitation/finish/", {"token": carols_token, "code": pending_code()})
    assert page.content.count(b"<li>") == 10
    assert b"start PeerNet on your computer" in page.content
    assert b"/admin/" not in page.content


def test_an_admin_who_opened_an_account_is_led_to_the_admins_pages(client):
    _, token = services.invite("dora", role=Person.Role.ADMIN)
    client.post("/invitation/", {"token": token, "password": PASSWORD})
    page = client.post("/invitation/finish/", {"token": token, "code": pending_code()})
    assert b'href="/admin/"' in page.content


def test_deactivating_carol_ends_her_invitation(node, carols_token):
    services.deactivate(Person.objects.get(name_key="carol"))
    assert start(node, carols_token).status_code == 403


def test_carol_is_invited_again_and_the_first_link_ends(node, carols_token):
    said = StringIO()
    call_command("invite", "Carol", "--again", stdout=said)
    assert start(node, carols_token).status_code == 403
    token = said.getvalue().split("#token=")[1].split("&")[0]
    assert start(node, token).status_code == 200


def test_nobody_is_invited_again_who_was_not_invited():
    with pytest.raises(CommandError, match="Nobody is called dave"):
        call_command("invite", "dave", "--again")


def test_a_node_invites_nobody(settings):
    settings.PEERNET_ROLE = "node"
    with pytest.raises(CommandError, match="login server"):
        call_command("invite", "carol")
    assert not Person.objects.exists()
