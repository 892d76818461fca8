"""Alice and Bob compare their safety number, and Alice is shown keys that changed."""

from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE, Member

CHANGE = """
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey as Key
from peers import people
from peers.models import KnownPerson
from peers.protocol.statements import begin
person = KnownPerson.objects.get(pk="{person}")
people._compare_lists(person, [begin(Key.generate(), person.pk.bytes)])
people.evaluate(person)
"""


def change_keys(member: Member, other: Member) -> None:
    """Have a member's node find another list of devices for somebody, as a lying login server would show it."""
    done = member.node.manage("shell", "-c", CHANGE.format(person=other.id))
    assert done.returncode == 0, done.stderr


def test_both_see_one_number_and_the_mark_appears_without_a_reload(met, visit):
    alice, bob = visit(met.alice, f"/people/{met.bob.id}/safety"), visit(met.bob, f"/people/{met.alice.id}/safety")
    digits = alice.locator(".digits").inner_text().split()
    assert len(digits) == 12
    assert bob.locator(".digits").inner_text().split() == digits
    look(alice, "safety")
    assert_accessible(alice)
    talk = visit.conversation(met.alice, met.bob)
    expect(talk.locator("#details").get_by_text("Compare your safety number")).to_be_visible()
    alice.get_by_role("button", name="All digits are the same").click()
    expect(alice.get_by_text("You compared it on")).to_be_visible()
    expect(talk.locator("#header .verified-mark")).to_be_visible()
    expect(talk.locator("#details").get_by_text("Safety number compared on")).to_be_visible()
    look(talk, "verified")
    alice.get_by_role("button", name="Take the mark back").click()
    expect(talk.locator("#header .verified-mark")).to_have_count(0)


def test_a_persons_page_says_how_they_are_connected(met, visit):
    page = visit(met.alice, f"/people/{met.bob.id}/")
    expect(page.get_by_role("heading", name="How you are connected")).to_be_visible()
    expect(page.get_by_text("ML-KEM-768")).to_be_visible()
    look(page, "connection")
    assert_accessible(page)


def test_changed_keys_are_shown_with_old_and_new_and_refusing_goes_on_with_the_old(met, visit):
    change_keys(met.alice, met.lena)
    page = visit.conversation(met.alice, met.lena, width=PHONE, scheme="dark")
    banner = page.locator("#header .changed-keys")
    expect(banner.get_by_text("Until now")).to_be_visible()
    expect(banner.locator("code")).to_have_count(4)
    look(page, "changed-keys-phone")
    assert_accessible(page)
    wide = visit.conversation(met.alice, met.lena)
    look(wide, "changed-keys")
    page.get_by_role("button", name="Refuse them").click()
    expect(banner).to_have_count(0)
    expect(wide.locator("#header .changed-keys")).to_have_count(0)
