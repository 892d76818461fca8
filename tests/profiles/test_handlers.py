"""Profiles travel node to node: the newest that its owner signed is shown, and nothing else ever."""

import pytest

from peers import hooks
from peers.models import Delivery, KnownPerson, Lane
from peers.protocol.codec import encode
from peers.protocol.profile import MAX_PICTURE, sign_profile
from profiles import handlers, others
from profiles.models import Profile
from profiles.own import Wanted, save_profile
from profiles.payloads import CARD, REQUEST, ProfileRequest
from tests.profiles.conftest import photo
from tests.protocol.test_profile import profile_of


def alices_profile() -> Profile:
    return Profile.objects.get()


def queued(kind: str) -> int:
    return Delivery.objects.filter(kind=kind).count()


def test_alices_profile_is_kept_and_names_her(alices, send_profile):
    send_profile()
    profile = alices_profile()
    assert (profile.full_name, profile.location) == ("Alice Ärztin", "Zürich")
    alices.refresh_from_db()
    assert alices.name == "Alice Ärztin"


def test_a_newer_version_replaces_an_older_one(alices, send_profile):
    send_profile(version=1)
    send_profile(version=2, position="Surgeon")
    assert alices_profile().position == "Surgeon"


def test_an_older_version_never_replaces_a_newer_one(alices, send_profile):
    send_profile(version=5)
    send_profile(version=4, position="Intern")
    assert alices_profile().position == "Chief Medical Officer"


def test_the_same_version_with_other_words_changes_nothing(alices, send_profile):
    send_profile(version=5)
    send_profile(version=5, position="Intern")
    assert alices_profile().position == "Chief Medical Officer"


def test_a_profile_of_somebody_else_is_refused(say, alice, mallory, alices):
    alice.person, person = mallory.person, alice.person
    forged = profile_of(alice)
    alice.person = person
    with pytest.raises(hooks.Refused):
        say(CARD, encode(sign_profile(alice.key, forged)))
    assert not Profile.objects.exists()


def test_a_profile_that_mallory_signed_for_alice_is_refused(say, alice, mallory, alices):
    mallory.person = alice.person
    with pytest.raises(hooks.Refused):
        say(CARD, encode(sign_profile(mallory.key, profile_of(mallory))))


@pytest.mark.parametrize("body", [b"", b"\xc0", b"x" * 95_000, b"\x91" * 50_000], ids=len)
def test_nonsense_is_refused(say, alices, body):
    for kind in (CARD, REQUEST):
        with pytest.raises(hooks.Refused):
            say(kind, body)


def test_a_profile_from_tomorrow_was_updated_today_at_the_latest(alices, send_profile):
    send_profile(updated=2**62 // 10**9)
    assert alices_profile().updated_at <= alices_profile().received_at


def test_a_profile_from_beyond_the_calendar_is_refused(alices, send_profile):
    with pytest.raises(hooks.Refused):
        send_profile(updated=2**62)


def test_alices_picture_is_encoded_anew(alices, send_profile):
    picture = photo(250, 250, comment=b"secret place")
    send_profile(picture=picture)
    kept = bytes(alices_profile().picture)
    assert kept.startswith(b"\xff\xd8")
    assert b"secret place" not in kept


@pytest.mark.parametrize(
    "picture",
    [
        b"no picture at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        photo(64, 64, "PNG"),
        photo(64, 64, "GIF"),
        photo(64, 64, "WEBP"),
        photo(64, 64, progressive=True),
        photo(600, 600, noise=2),
        photo(64, 64)[:500],
        photo(8, 8)[:-2] + b"\xff\xda" * 1000,
    ],
    ids=["text", "svg", "png", "gif", "webp", "progressive", "too many pixels", "cut", "many scans"],
)
def test_a_picture_that_lies_or_explodes_shows_initials(alices, send_profile, picture):
    assert len(picture) <= MAX_PICTURE
    send_profile(picture=picture)
    assert bytes(alices_profile().picture) == b""
    assert alices_profile().full_name == "Alice Ärztin"


def test_bobs_own_name_is_not_given_to_another(alices, bobs_account, send_profile):
    bobs_account.display_name = "Bob Okafor"
    bobs_account.save()
    send_profile(full_name="BOB  Okafor".replace("  ", " "))
    alices.refresh_from_db()
    assert alices.name == "alice"
    assert alices_profile().name_taken


def test_a_name_that_looks_like_bobs_is_not_given_to_another_either(alices, bobs_account, send_profile):
    bobs_account.display_name = "Bob Okafor"
    bobs_account.save()
    send_profile(full_name="\u0412\u043eb \u041ekafor")
    assert alices_profile().name_taken


def test_a_name_that_carol_is_known_by_is_not_given_to_alice(alices, send_profile):
    KnownPerson.objects.create(user_name="carol", full_name="Carol Căldare")
    send_profile(full_name="Carol Căldare")
    alices.refresh_from_db()
    assert alices.name == "alice"


def test_profiles_that_come_too_often_are_refused(alices, send_profile):
    for version in range(1, handlers.CARDS.amount + 1):
        send_profile(version=version)
    with pytest.raises(hooks.Refused):
        send_profile(version=1000)


def test_bob_answers_a_request_after_the_ratchet_is_stored(say, alices, django_capture_on_commit_callbacks):
    save_profile(Wanted("Bob Okafor"))
    with django_capture_on_commit_callbacks(execute=True):
        say(REQUEST, encode(ProfileRequest(0)))
        assert queued(CARD) == 0
    assert queued(CARD) == 1


def test_before_bob_has_a_profile_there_is_no_answer(say, alices, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        say(REQUEST, encode(ProfileRequest(0)))
    assert queued(CARD) == 0


def test_requests_are_limited_per_peer(say, alices):
    for _ in range(handlers.REQUESTS.amount):
        say(REQUEST, encode(ProfileRequest(0)))
    with pytest.raises(hooks.Refused):
        say(REQUEST, encode(ProfileRequest(0)))


def test_a_change_goes_to_those_whom_bob_talks_with(alices, known_alice):
    save_profile(Wanted("Bob Okafor"))
    assert queued(CARD) == 0
    Lane.objects.create(peer=known_alice, last_success_at="2026-11-24T00:00:00Z")
    save_profile(Wanted("Bob Okafor", "CFO"))
    save_profile(Wanted("Bob Okafor", "CFO"))
    assert queued(CARD) == 1


def test_a_restored_node_goes_on_from_higher_versions(bob):
    first = save_profile(Wanted("Bob Okafor")).version
    assert save_profile(Wanted("Bob Okafor", "CFO")).version > first > 1_700_000_000_000


def test_somebody_new_who_is_there_is_asked_once(alices, known_alice):
    for _ in range(3):
        hooks.device_reachable.send(sender=None, peer=known_alice.pk)
    assert queued(REQUEST) == 1


def test_somebody_who_is_away_is_not_asked(alices, known_alice):
    KnownPerson.objects.update(online=False)
    hooks.device_reachable.send(sender=None, peer=known_alice.pk)
    assert queued(REQUEST) == 0


def test_nobody_unpinned_is_asked_or_told(known_mallory, bob):
    KnownPerson.objects.update(online=True)
    Lane.objects.create(peer=known_mallory, last_success_at="2026-11-24T00:00:00Z")
    save_profile(Wanted("Bob Okafor"))
    hooks.device_reachable.send(sender=None, peer=known_mallory.pk)
    assert not others.ask(known_mallory.person)
    assert not Delivery.objects.exists()
