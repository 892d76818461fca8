"""Bob photographs the code on Alice's screen."""

import io

import pytest
import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import AuditEntry
from peers.models import KnownPerson
from peers.people import StatementList
from peers.protocol.codec import encode
from peers.protocol.safety import qr_text
from peers.protocol.statements import begin
from profiles import trust
from profiles.models import Verification
from tests.profiles.conftest import photo


@pytest.fixture
def pinned(alices, alice) -> KnownPerson:
    alices.statements = encode(StatementList([begin(alice.key, alice.person)]))
    alices.save()
    return alices


def photo_of(text: str, angle: float = 0.0) -> SimpleUploadedFile:
    """A code on a screen, held at an angle, as a telephone's JPEG."""
    drawn, out = io.BytesIO(), io.BytesIO()
    segno.make(text, micro=False).save(drawn, kind="png", scale=8, border=6)
    image = Image.open(drawn).convert("RGB").rotate(angle, expand=True, fillcolor=(90, 90, 90))
    image.save(out, "JPEG", quality=70)
    return SimpleUploadedFile("code.jpg", out.getvalue(), "image/jpeg")


@pytest.mark.parametrize("angle", [0, 11, 90, 200])
def test_a_photo_of_the_same_code_sets_the_mark(pinned, browser, angle):
    code = photo_of(qr_text(trust.number_with(pinned)), angle)
    assert browser.post(f"/people/{pinned.pk}/safety/scan", {"photo": code}).status_code == 302
    assert Verification.objects.get().number == trust.number_with(pinned)
    assert AuditEntry.objects.get().subject == "alice: by camera"


def test_what_the_browser_read_itself_counts_too(pinned, browser):
    path = f"/people/{pinned.pk}/safety/scan"
    script = {"Sec-Fetch-Mode": "cors"}
    assert browser.post(path, {"code": qr_text("1" * 60)}, headers=script).status_code == 409
    assert browser.post(path, {"code": qr_text(trust.number_with(pinned))}, headers=script).status_code == 204
    assert Verification.objects.exists()


def test_the_code_of_another_number_says_what_to_do(pinned, browser):
    answer = browser.post(f"/people/{pinned.pk}/safety/scan", {"photo": photo_of(qr_text("1" * 60))})
    assert answer.status_code == 409
    assert "write nothing confidential" in answer.content.decode()
    assert not Verification.objects.exists()


@pytest.mark.parametrize(
    "picture",
    [
        photo_of("https://example.com/"),
        SimpleUploadedFile("cat.jpg", photo(400, 300), "image/jpeg"),
        SimpleUploadedFile("empty.jpg", b"", "image/jpeg"),
        SimpleUploadedFile("page.jpg", b"<html>", "image/jpeg"),
        SimpleUploadedFile("huge.png", photo(6000, 5000, "PNG", noise=0), "image/png"),
    ],
    ids=["another code", "no code", "empty", "no picture", "too many pixels"],
)
def test_a_picture_without_the_code_changes_nothing(pinned, browser, picture):
    picture.seek(0)
    answer = browser.post(f"/people/{pinned.pk}/safety/scan", {"photo": picture})
    assert answer.status_code in (409, 422)
    assert not Verification.objects.exists()


def test_an_offline_session_scans_nothing(pinned, sign_in):
    browser = sign_in(Client(), with_code=False)
    code = {"code": qr_text(trust.number_with(pinned))}
    assert browser.post(f"/people/{pinned.pk}/safety/scan", code).status_code == 403
    assert not Verification.objects.exists()
