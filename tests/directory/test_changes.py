"""What nodes follow: every visible change, once, in order."""

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from accounts import services, signals
from accounts.models import Invitation, Person
from peers import directory
from peers.models import ChangeCounter
from peers.protocol.certificate import read_certificate
from peers.protocol.codec import decode
from peers.protocol.signing import Signed
from tests.directory.conftest import MemberNode


def told(page):
    return [each["device"] for each in page["changes"]]


def test_an_entry_tells_all_that_a_peer_needs(alices, bobs):
    alices.begin_list()
    alices.publish()
    alices.report()
    seen = bobs.sees(alices)
    server = bytes.fromhex(bobs.get("server-key").json()["key"])
    certificate = read_certificate(server, decode(Signed, bytes.fromhex(seen.pop("certificate"))))
    assert certificate.device == alices.device.id
    assert len(seen.pop("statements")) == 1
    assert seen.pop("last_seen").endswith("+00:00")
    assert seen == {
        "person": str(alices.member.person.pk),
        "name": "alice",
        "display_name": "",
        "active": True,
        "device": alices.device.id.hex(),
        "card": alices.card(),
        "online": True,
        "withdrawn": False,
    }


def test_changes_come_in_the_order_in_which_they_happened(alices, bobs):
    alices.publish()
    bobs.publish()
    assert told(alices.changes()) == [alices.device.id.hex(), bobs.device.id.hex()]
    alices.report()
    assert told(alices.changes()) == [bobs.device.id.hex(), alices.device.id.hex()]


def test_a_cursor_shows_only_what_came_after_it(alices, bobs):
    cursor = alices.changes()["cursor"]
    assert alices.changes(cursor) == {"cursor": cursor, "more": False, "withdrawals": 0, "changes": []}
    bobs.report()
    page = alices.changes(cursor)
    assert (told(page), page["more"]) == ([bobs.device.id.hex()], False)
    assert page["cursor"] == cursor + 1


@pytest.mark.parametrize(
    "change",
    [
        lambda bobs: bobs.publish(),
        lambda bobs: bobs.report(),
        lambda bobs: bobs.certify(),
        lambda bobs: bobs.begin_list(),
        lambda bobs: services.devices.withdraw(bobs.row),
        lambda bobs: services.deactivate(bobs.member.person),
        lambda bobs: signals.person_changed.send(Person, person=bobs.member.person),
    ],
    ids=["card", "online", "certificate", "statement", "withdrawal", "deactivation", "name"],
)
def test_every_visible_change_is_told(alices, bobs, change):
    cursor = alices.changes()["cursor"]
    change(bobs)
    assert told(alices.changes(cursor)) == [bobs.device.id.hex()]


def test_long_news_comes_in_pages_that_overlap_nowhere(alices, bobs, mallorys, monkeypatch):
    monkeypatch.setattr(directory, "PAGE", 2)
    first = alices.changes()
    second = alices.changes(first["cursor"])
    assert (len(first["changes"]), first["more"], len(second["changes"]), second["more"]) == (2, True, 1, False)
    assert len({*told(first), *told(second)}) == 3


def test_a_page_ends_before_it_grows_too_large(alices, bobs, monkeypatch):
    monkeypatch.setattr(directory, "PAGE_BYTES", 10)
    page = alices.changes()
    assert (len(page["changes"]), page["more"]) == (1, True)


def test_a_cursor_of_a_database_that_was_since_restored_begins_anew(alices):
    assert told(alices.changes(10**9)) == [alices.device.id.hex()]


def test_a_change_that_is_rolled_back_leaves_no_hole(alices):
    before = directory.last_change()
    with transaction.atomic():
        directory.write(alices.entry)
        transaction.set_rollback(True)
    directory.write(alices.entry)
    assert alices.entry.change == before + 1


def test_the_counter_begins_by_itself(alices):
    ChangeCounter.objects.all().delete()
    directory.write(alices.entry)
    assert alices.entry.change == 1


def test_a_renewed_invitation_brings_alice_back_under_her_name(alices, bobs, alice):
    services.deactivate(alice.person)
    Person.objects.filter(pk=alice.person.pk).update(is_active=True)
    again = MemberNode(alice)
    assert again.begin_list().status_code == 200
    assert (bobs.sees(again)["active"], bobs.sees(again)["withdrawn"], bobs.sees(alices)["withdrawn"]) == (
        True,
        False,
        True,
    )


def test_without_a_token_nothing_is_told(alices, node):
    assert node.get("changes?since=0").status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        "since=-1",
        "since=x",
        "since=1.5",
        "since=%D9%A1",
        f"since={2**63}",
        f"since={'9' * 5000}",
        "wait=26",
        "&".join(["since=0"] * 11),
    ],
)
def test_a_malformed_cursor_is_refused(alices, query):
    answer = alices.get(f"changes?{query}")
    assert (answer.status_code, answer.json()["error"]) == (422, "wrong-fields")


def test_another_method_is_refused(alices):
    assert alices.post("changes").status_code == 405
    assert alices.get("card").status_code == 405
    assert alices.get("presence").status_code == 405


def invited_names(node) -> list[str]:
    return [each["name"] for each in node.changes()["invited"]]


def test_who_is_invited_and_not_here_yet_is_named_until_they_come_or_are_expected_no_longer(alices, boss):
    _, token = services.invite("noor", display_name="Noor")
    alices.report()
    assert invited_names(alices) == ["noor"]
    Invitation.objects.update(expires_at=timezone.now())
    cache.clear()
    assert invited_names(alices) == []


def test_somebody_with_a_device_and_an_admin_without_one_are_not_called_invited(alices, bobs, boss):
    alices.report()
    assert invited_names(alices) == []
