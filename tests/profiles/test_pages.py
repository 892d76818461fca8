"""The pages of people, as a browser without script sees them."""

import io
import re
import time
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from peers.models import Delivery, KnownPerson, Lane
from peers.people import StatementList
from peers.protocol.codec import encode
from peers.protocol.statements import begin
from profiles import others
from profiles.models import OwnProfile, Profile
from profiles.own import own_profile
from profiles.payloads import STATUS, ProfileStatus, State
from tests.profiles.conftest import photo
from tests.profiles.test_markdown import elements

# A page that waited for so long would be noticed.
LONG = 20.0
EVIL_HOST = "evil.example"
EVIL = f"\"'><img src=//{EVIL_HOST}/x onerror=alert(1)><script>alert(1)</script>{{{{ 1 }}}}"
NAMED = {"full_name": "Bob Okafor", "position": "CFO", "location": "Auckland", "time_zone": "Pacific/Auckland"}


def upload(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("me.jpg", data, "image/jpeg")


def test_bob_fills_in_his_profile_and_sees_it(browser):
    answer = browser.post("/me/", {**NAMED, "description": "Numbers, **sailing**"}, follow=True)
    page = answer.content.decode()
    assert "<bdi>Bob Okafor</bdi>" in page
    assert "<strong>sailing</strong>" in page
    assert re.search(r'data-zone="Pacific/Auckland"[^>]*>\d\d:\d\d<', page)


def test_a_preview_shows_the_card_and_stores_nothing(browser):
    answer = browser.post("/me/preview", {**NAMED, "description": "<b>x</b>"})
    assert "&lt;b&gt;x&lt;/b&gt;" in answer.content.decode()
    assert b"CFO" in browser.post("/me/", {**NAMED, "preview": "1"}).content
    assert not OwnProfile.objects.exists()


def test_what_nobody_sees_is_taken_out_of_what_bob_types(browser):
    browser.post("/me/", {**NAMED, "full_name": " Bob\u202e  Oka\u200bfor\n", "description": "a\r\nb\u2066c"})
    assert own_profile().full_name == "Bob Okafor"
    assert own_profile().description == "a\nbc"


def test_an_empty_name_is_explained(browser):
    answer = browser.post("/me/", {**NAMED, "full_name": "\u200b"})
    assert answer.status_code == 422
    assert "Write a name" in answer.content.decode()


def test_bobs_photo_becomes_a_square_without_its_place(browser):
    exif = Image.Exif()
    exif[0x010F] = "Camera of Bob"
    browser.post("/me/", {**NAMED, "picture": upload(photo(900, 600, exif=exif))})
    data = bytes(own_profile().picture)
    assert b"Camera of Bob" not in data
    assert Image.open(io.BytesIO(data)).size == (320, 320)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_of_photo_become_jpeg(browser, kind):
    browser.post("/me/", {**NAMED, "picture": upload(photo(60, 60, kind))})
    assert bytes(own_profile().picture).startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    "data", [b"text", photo(60, 60, "GIF"), b"<svg/>", photo(60, 60)[:300]], ids=["t", "gif", "svg", "cut"]
)
def test_what_is_no_photo_is_refused_with_a_sentence(browser, data):
    answer = browser.post("/me/", {**NAMED, "picture": upload(data)})
    assert answer.status_code == 422
    assert "JPEG, PNG or WebP" in answer.content.decode()


def test_a_picture_bomb_is_refused_before_it_is_decoded(browser):
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    answer = browser.post("/me/", {**NAMED, "picture": upload(out.getvalue())})
    assert "more pixels" in answer.content.decode()


def test_a_picture_stays_until_it_is_removed(browser):
    browser.post("/me/", {**NAMED, "picture": upload(photo())})
    browser.post("/me/", {**NAMED, "position": "CEO"})
    assert own_profile().picture
    browser.post("/me/", {**NAMED, "without_picture": "on"})
    assert not own_profile().picture


def test_a_picture_is_served_to_the_member_and_kept_by_no_browser(browser, alices, send_profile):
    send_profile(picture=photo(100, 100))
    answer = browser.get(f"/people/{alices.pk}/picture")
    assert answer["Content-Type"] == "image/jpeg"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Client().get(f"/people/{alices.pk}/picture").status_code == 302


def test_who_has_no_picture_has_none_at_any_address(browser, alices):
    carols_id = uuid.uuid4()
    assert browser.get(f"/people/{alices.pk}/picture").status_code == 404
    assert browser.get(f"/people/{carols_id}/picture").status_code == 404
    assert browser.get(f"/people/{carols_id}/").status_code == 404


def test_alices_page_shows_what_she_says_of_herself(browser, alices, send_profile):
    send_profile(full_name="<script>alert(1)</script>", description="![x](https://evil.example/x.png)")
    page = browser.get(f"/people/{alices.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img" not in page


@pytest.mark.parametrize("path", ["/people/", "/people/?q=alert", "/people/{}/", "/people/{}/safety", "/with/{}/", "/"])
def test_what_alice_hides_in_every_field_is_shown_literally_on_every_page(
    browser, alices, alice, send_profile, say, path
):
    alices.statements = encode(StatementList([begin(alice.key, alice.person)]))
    alices.save()
    send_profile(**dict.fromkeys(("full_name", "position", "location", "description"), EVIL))
    say(STATUS, encode(ProfileStatus(State.AWAY, EVIL, 0)), clock=2)
    page = browser.get(path.format(alices.pk)).content.decode()
    assert "alert(1)" in page
    found = elements(page)
    assert found
    assert not [
        attributes for _, attributes in found if "onerror" in attributes or EVIL_HOST in attributes.get("src", "")
    ]
    assert "<script>" not in page


def test_alices_last_copy_says_how_old_it_is_when_she_is_away(browser, alices, send_profile):
    send_profile()
    alices.online = False
    alices.save()
    assert "they are offline now" in browser.get(f"/people/{alices.pk}/").content.decode()


def test_the_page_of_somebody_who_left_promises_nothing(browser, alices):
    KnownPerson.objects.update(is_active=False)
    page = browser.get(f"/people/{alices.pk}/").content.decode()
    assert "Their account has ended, so nothing can be sent to them" in page
    assert "Read your conversation" in page
    assert "Write to" not in page
    assert "has not come yet" not in page


def test_opening_her_page_or_their_conversation_asks_alices_node_once(browser, alices, monkeypatch):
    monkeypatch.setattr(others, "PATIENCE", 0)
    for _ in range(3):
        browser.get(f"/people/{alices.pk}/")
        browser.post(f"/people/{alices.pk}/profile")
    assert Delivery.objects.count() == 1


def test_a_profile_that_comes_at_once_is_on_the_page_at_once(
    browser, alices, send_profile, monkeypatch, django_capture_on_commit_callbacks
):
    def answered(person: KnownPerson) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            send_profile(full_name="Dr. Alice Martin")

    monkeypatch.setattr(others, "ask", answered)
    monkeypatch.setattr(others, "PATIENCE", LONG)
    page = browser.get(f"/people/{alices.pk}/").content.decode()
    assert "<bdi>Dr. Alice Martin</bdi>" in page
    assert "Chief Medical Officer" in page


@pytest.mark.parametrize("reason", ["asked before", "not reached", "an old copy"])
def test_nobody_waits_for_a_profile_that_will_hardly_come(
    browser, alices, known_alice, send_profile, monkeypatch, reason
):
    monkeypatch.setattr(others, "PATIENCE", LONG)
    long_ago = timezone.now() - timedelta(days=2)
    if reason == "not reached":
        Lane.objects.create(peer=known_alice, failing_since=long_ago)
    elif reason == "asked before":
        Profile.objects.create(person=alices, asked_at=long_ago)
    else:
        send_profile()
        Profile.objects.update(received_at=long_ago)
    began = time.monotonic()
    assert browser.get(f"/people/{alices.pk}/").status_code == 200
    assert Delivery.objects.count() == 1
    assert time.monotonic() - began < LONG / 2


def test_pictures_and_positions_stand_in_the_list_and_the_head(browser, alices, send_profile):
    send_profile(picture=photo(100, 100))
    page = browser.get(f"/with/{alices.pk}/").content.decode()
    assert page.count(f'data-picture="/people/{alices.pk}/picture?v=') == 3
    assert "Chief Medical Officer" in page


def test_an_offline_session_reads_and_changes_nothing(sign_in):
    browser = sign_in(Client(), with_code=False)
    assert browser.get("/me/").status_code == 200
    assert browser.post("/me/", NAMED).status_code == 403
    assert not OwnProfile.objects.exists()


@pytest.mark.parametrize("path", ["/me/", "/me/?edit", "/me/preview", "/people/{}/", "/people/{}/profile"])
def test_strangers_see_nothing(db, settings, alices, path):
    settings.ROOT_URLCONF = "peernet.urls_node"
    assert Client().get(path.format(alices.pk)).status_code in (302, 405)
    assert Client().post(path.format(alices.pk)).status_code in (403, 405)
