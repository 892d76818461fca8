"""Everybody is found by name, position and place, and who just came or has left looks different."""

import uuid

import pytest

from peers import people
from peers.answers import Invited
from peers.models import KnownPerson, PeerDevice
from profiles.directory import directory
from profiles.models import Profile


@pytest.fixture
def town(alices, send_profile):
    """Alice is there; Lena, Yuki and Carlos are names."""
    send_profile()
    for name, online, active in (
        ("Lena Marić", True, True),
        ("Yuki Tanaka", False, True),
        ("Carlos Peña", False, False),
    ):
        person = KnownPerson.objects.create(user_name=name.split()[0], full_name=name, online=online, is_active=active)
        Profile.objects.create(person=person, version=1, position="Counsel", location="Osaka" if name > "Y" else "Lima")


def names(wanted: str = "") -> list[str]:
    return [row.name for row in directory(wanted)]


def test_those_online_stand_first_and_those_who_left_last(town):
    assert names() == ["Alice Ärztin", "Lena Marić", "Yuki Tanaka", "Carlos Peña"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("maric", ["Lena Marić"]),
        ("ÄRZT", ["Alice Ärztin"]),
        ("arzt", ["Alice Ärztin"]),
        ("osaka", ["Yuki Tanaka"]),
        ("counsel lima", ["Lena Marić", "Carlos Peña"]),
        ("alice", ["Alice Ärztin"]),
        ("nobody", []),
        ("%", []),
    ],
)
def test_people_are_found_by_any_part_of_name_position_or_place(town, wanted, found):
    assert names(wanted) == found


def test_who_left_and_who_has_no_computer_yet_are_marked(town):
    marks = {row.name: (row.has_left, row.is_new) for row in directory()}
    assert marks["Carlos Peña"] == (True, False)
    assert marks["Yuki Tanaka"] == (False, True)
    assert marks["Alice Ärztin"] == (False, False)


def test_the_page_leads_to_profile_and_conversation(town, browser, alices):
    page = browser.get("/people/").content.decode()
    assert f'href="/people/{alices.pk}/"' in page
    assert f'href="/with/{alices.pk}/"' in page
    assert "No longer has an account" in page


def test_the_search_works_without_script_and_shows_what_was_typed(town, browser):
    page = browser.get("/people/", {"q": "<b>osaka"}).content.decode()
    assert "&lt;b&gt;osaka" in page
    assert "Nobody fits these words" in page
    assert "Yuki Tanaka" in browser.get("/people/", {"q": "OSAKA"}).content.decode()


def test_the_page_costs_the_same_few_questions_for_many(town, browser, django_assert_max_num_queries):
    for number in range(50):
        KnownPerson.objects.create(user_name=f"p{number}", full_name=f"Person {number}")
    # The first visit of a browser is written down.
    browser.get("/people/")
    with django_assert_max_num_queries(8):
        browser.get("/people/")


def test_mallory_whose_device_is_not_trusted_looks_new(known_mallory, bob):
    assert PeerDevice.objects.count() == 1
    assert [row.is_new for row in directory()] == [True]


def test_who_was_just_invited_is_named_and_cannot_be_written_to_yet(town, browser, bobs_account):
    people.note_newcomers([Invited(uuid.uuid4(), "noor", "Noor <b>"), Invited(bobs_account.pk, "bob", "Bob")])
    page = browser.get("/people/").content.decode()
    assert "Noor &lt;b&gt;" in page
    assert page.count("Invited, and not here yet") == 1
    (noor,) = directory("noor")
    assert noor.page not in page
    assert noor.talk not in page


def test_an_invited_person_who_arrives_is_no_longer_only_invited(alices):
    people.note_newcomers([Invited(alices.pk, "alice", "Alice")])
    assert [row.is_invited for row in directory()] == [False]


def test_hearing_of_the_same_people_again_is_no_news(db):
    noor = Invited(uuid.uuid4(), "noor", "Noor")
    assert people.note_newcomers([noor])
    assert not people.note_newcomers([noor])
    assert people.note_newcomers([])
