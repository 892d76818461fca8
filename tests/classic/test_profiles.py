"""What Alice's older node tells of her, made safe for Bob's screen; and what Bob's tells of him."""

import io
import json

import pytest
from PIL import Image

from peers.older import people, telling
from profiles.models import OwnProfile, Profile, Status
from tests.classic.conftest import fresh
from tests.classic.older_node import Door
from tests.classic.test_page import browser

__all__ = ["browser"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]


def photo(side: int = 64, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(out, kind)
    return out.getvalue()


def asks(bob, alice, **told) -> Profile:
    """Bob's node asks Alice's, which tells this."""
    alice.profile = {"fullname": "Alice Adams", "position": "Design", "location": "Fiji"} | told
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        if "picture" in told:
            alice.profile["picture"] = str(told["picture"]).format(port=door.port)
        telling.Asker().serve(person.pk, knock=False, ending=lambda: False)
    return Profile.objects.get()


@pytest.mark.parametrize(("year", "encryption"), [(2017, n) for n in range(5)] + [(2018, n) for n in range(6)])
def test_a_profile_of_either_year_is_read_by_every_encryption(bob, nodes, settings, year, encryption):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = fresh(nodes[year])
    alice.profile_encryption, alice.profile_key = encryption, bob.key()
    held = asks(bob, alice, description="I *draw*.", lastUpdated="1500000000")
    assert (held.full_name, held.position, held.location) == ("Alice Adams", "Design", "Fiji")
    assert (held.description, int(held.updated_at.timestamp())) == ("I *draw*.", 1500000000)


def test_she_is_listed_under_the_name_of_her_account_and_her_page_says_what_she_calls_herself(bob, alice, browser):
    person = asks(bob, alice, description="**bold** <b>x</b>").person
    assert person.name == "alic001"
    shown = browser.get(f"/people/{person.pk}/").content.decode()
    assert "Calls themselves" in shown
    assert "Alice Adams" in shown
    assert "<strong>bold</strong> &lt;b&gt;" in shown
    assert "Nothing proves who answers there." in shown
    assert "Only your computer and theirs" not in shown
    assert "Design" in browser.get("/people/").content.decode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_on_her_own_node_is_fetched_and_made_anew(bob, alice, kind):
    alice.pages = {"/me": photo(kind=kind)}
    held = asks(bob, alice, picture="http://127.0.0.1:{port}/me")
    assert bytes(held.picture).startswith(b"\xff\xd8")
    assert bytes(held.picture) != alice.pages["/me"]
    assert held.picture_mark


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/me.png",
        "https://127.0.0.1:{port}/me",
        "http://127.0.0.1:1/me",
        "http://127.0.0.2:{port}/me",
        "http://localhost:{port}/me",
        "http://x@127.0.0.1:{port}/me",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://[::1",
        "/me",
    ],
)
def test_a_picture_anywhere_else_is_not_fetched(bob, alice, address):
    alice.pages = {"/me": photo()}
    held = asks(bob, alice, picture=address)
    assert not held.picture
    assert "/me" not in alice.asked


@pytest.mark.parametrize("data", [b"no picture", photo()[:40], b"", photo(2100), b"\xff\xd8" + b"\xff\xda" * 40])
def test_what_is_no_picture_is_none(bob, alice, data):
    alice.pages = {"/me": data}
    assert not asks(bob, alice, picture="http://127.0.0.1:{port}/me").picture


def test_what_deceives_or_goes_on_for_ever_is_cut(bob, alice):
    held = asks(bob, alice, fullname="Al\u202eice\n\n  x" + "y" * 500, position=["not", "text"], description="z" * 9000)
    assert held.full_name.startswith("Alice x")
    assert (len(held.full_name), len(held.description)) == (100, 4000)


@pytest.mark.parametrize("answer", ["", "1", "[]", "{", '"{}"', "null"])
def test_a_node_that_tells_nothing_is_no_trouble(bob, alice, answer):
    alice.answers_profile = answer
    assert asks(bob, alice).full_name == ""


@pytest.mark.parametrize(
    ("said", "state"), [("Idle", "idle"), ("do not  disturb", "dnd"), ("Away", "away"), ("Offline", "hidden")]
)
def test_a_2017_node_tells_how_she_is(bob, alice_2017, said, state):
    alice_2017.status = said
    asks(bob, alice_2017)
    assert Status.objects.get().state == state


def test_a_word_that_nobody_knows_is_no_status(bob, alice_2017):
    alice_2017.status = "Hungry"
    asks(bob, alice_2017)
    assert not Status.objects.exists()


def test_each_is_asked_now_and_then_and_nobody_who_is_away_or_blocked(bob, alice):
    person = bob.meets(alice)
    assert telling.due() == [person.pk]
    telling.Asker().serve(person.pk, knock=False, ending=lambda: False)
    assert telling.due() == []
    type(person).objects.update(asked_at=None)
    people.block(person, True)
    assert telling.due() == []


def test_bobs_picture_lies_where_his_profile_says(bob, settings):
    picture = photo(kind="JPEG")
    OwnProfile.objects.create(full_name="Bob Okafor", picture=picture, picture_mark="0123456789abcdef")
    told = json.loads(bob.post("/getProfile", {"profile_username": "bob", "sender": "alic001"}))
    settings.PEERNET_CLASSIC_PORT = 10001
    assert told["picture"].endswith("/picture/0123456789abcdef.jpg")
    answer = bob.client.get("/picture/0123456789abcdef.jpg")
    assert (answer.content, answer["Content-Type"]) == (picture, "image/jpeg")
    assert bob.client.get("/picture/0000000000000000.jpg").status_code == 404
