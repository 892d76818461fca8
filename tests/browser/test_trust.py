"""Alice and Bob compare their safety number, and Alice is shown keys that changed."""

from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import CHROMIUM, QUIET, assert_accessible, look
from tests.browser.town import PHONE, Member, Visits, row_of

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
    expect(alice.get_by_text("You compared on")).to_be_visible()
    expect(talk.locator("#header .verified-mark")).to_be_visible()
    expect(talk.locator("#details").get_by_text("Safety number compared on")).to_be_visible()
    look(talk, "verified")
    alice.get_by_role("button", name="Take the mark back").click()
    expect(talk.locator("#header .verified-mark")).to_have_count(0)


def test_both_compare_seven_emoji_while_they_are_online(met, visit):
    alice = visit(met.alice, f"/people/{met.bob.id}/safety")
    talk = visit.conversation(met.bob, met.alice)
    alice.get_by_role("button", name="Compare emoji").click()
    expect(alice.get_by_text("Waiting for Bob Okafor")).to_be_visible()
    expect(row_of(talk, met.alice)).to_contain_text("Wants to compare emoji with you")
    talk.locator("#header").get_by_role("link", name="Compare").click()
    bob = talk
    bob.get_by_role("button", name="Compare now").click()
    seen = [page.locator(".emoji li") for page in (alice, bob)]
    for each in seen:
        expect(each).to_have_count(7)
    assert seen[0].all_inner_texts() == seen[1].all_inner_texts()
    look(alice, "emoji")
    assert_accessible(alice)
    phone = visit(met.bob, f"/people/{met.alice.id}/safety", width=PHONE, scheme="dark")
    expect(phone.locator(".emoji li")).to_have_count(7)
    look(phone, "emoji-phone-dark")
    alice.get_by_role("button", name="They are the same").click()
    expect(alice.get_by_text("Waiting until Bob Okafor says so too")).to_be_visible()
    bob.get_by_role("button", name="They are the same").press("Enter")
    for page in (alice, bob):
        expect(page.get_by_text("You both saw the same emoji")).to_be_visible()
        page.get_by_role("button", name="Take the mark back").click()
        expect(page.get_by_role("button", name="All digits are the same")).to_be_visible()


def test_alice_photographs_the_code_on_bobs_screen(met, visit, tmp_path):
    bob = visit(met.bob, f"/people/{met.alice.id}/safety")
    bob.locator("#number-code").screenshot(path=tmp_path / "code.png")
    bob.locator(".digits").screenshot(path=tmp_path / "digits.png")
    alice = visit(met.alice, f"/people/{met.bob.id}/safety")
    alice.get_by_label("Photo of their code").set_input_files(tmp_path / "digits.png")
    expect(alice.get_by_text("No safety number was found in this picture")).to_be_visible()
    alice.get_by_label("Photo of their code").set_input_files(tmp_path / "code.png")
    expect(alice.get_by_text("You compared on")).to_be_visible()
    alice.get_by_role("button", name="Take the mark back").click()
    expect(alice.get_by_role("button", name="All digits are the same")).to_be_visible()


def film_of(picture, path) -> None:
    """Make a film of one picture, as a camera would show it, in the one form that Chromium takes from a file."""
    frame = Image.new("L", (640, 480), 90)
    code = Image.open(picture).convert("L").rotate(7, expand=True, fillcolor=90).resize((400, 400))
    frame.paste(code, (120, 40))
    grey = bytes([128]) * (320 * 240)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\nFRAME\n" + frame.tobytes() + grey * 2)


def test_alice_holds_her_camera_to_the_code_on_bobs_screen(met, visit, tmp_path):
    bob = visit(met.bob, f"/people/{met.alice.id}/safety")
    bob.locator("#number-code").screenshot(path=tmp_path / "code.png")
    film_of(tmp_path / "code.png", tmp_path / "film.y4m")
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    film = f"--use-file-for-fake-video-capture={tmp_path / 'film.y4m'}"
    chromium = visit.chromium.browser_type.launch(executable_path=CHROMIUM, args=[*QUIET, *camera, film])
    own = Visits(chromium, visit.guard)
    alice = own(met.alice, f"/people/{met.bob.id}/safety", permissions=["camera"])
    alice.get_by_role("button", name="Use the camera").click()
    expect(alice.get_by_text("You compared on")).to_be_visible()
    alice.get_by_role("button", name="Take the mark back").click()
    expect(alice.get_by_role("button", name="All digits are the same")).to_be_visible()
    own.close()
    chromium.close()


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
