"""What a photo tells, and what is deleted."""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.test_files import ARRIVED, choose, empty_tray, picture, tray
from tests.browser.town import PHONE, Member, Town, Visits, bubble, composer, write
from tests.documents import pdf

__all__ = ["empty_tray"]


def photo() -> bytes:
    exif, made = Image.Exif(), io.BytesIO()
    exif[0x010F] = "CANARY-CAMERA"
    Image.linear_gradient("L").convert("RGB").save(made, "JPEG", exif=exif)
    return made.getvalue()


def blobs(member: Member) -> set[Path]:
    return {path for path in (member.node.home / "blobs").rglob("*") if path.is_file()}


def test_a_photo_that_cannot_be_stripped_asks_before_it_goes(met: Town, visit: Visits):
    page = visit.conversation(met.alice, met.bob, width=PHONE)
    choose(page, ("broken.jpg", picture()[:900]))
    expect(tray(page)).to_contain_text("could not be taken out")
    look(page, "tray-asks")
    assert_accessible(page)
    composer(page).fill("Look at this")
    composer(page).press("Enter")
    # It did not go: words and photo are back, with the reason.
    expect(page.locator("#refusal")).to_contain_text("could not be taken out")
    expect(composer(page)).to_have_value("Look at this")
    expect(page.locator("#log .pending")).to_have_count(0)
    tray(page).get_by_role("button", name="Send it as it is").click()
    expect(tray(page)).not_to_contain_text("could not be taken out")
    composer(page).press("Enter")
    expect(bubble(page, "Look at this").locator(".meta")).to_contain_text(ARRIVED)


def test_the_original_goes_only_by_the_switch(met: Town, visit: Visits):
    page = visit.conversation(met.alice, met.bob)
    for words, is_original in (("Stripped", False), ("Original", True)):
        page.locator("#attach").set_input_files([{"name": "x.jpg", "mimeType": "image/jpeg", "buffer": photo()}])
        if is_original:
            tray(page).get_by_label("Send the original, with place and time").check()
        expect(tray(page)).to_have_attribute("data-is", "ready")
        sent = write(page, words)
        expect(sent.locator(".meta")).to_contain_text(ARRIVED)
        with page.expect_download() as saving:
            sent.get_by_role("link", name="Save x.jpg").click()
        assert (b"CANARY-CAMERA" in saving.value.path().read_bytes()) is is_original


def test_what_goes_unchanged_is_said_where_it_is_chosen(met: Town, visit: Visits):
    page = visit.conversation(met.alice, met.bob, width=PHONE)
    choose(page, ("plan.pdf", pdf("One")), ("beach.jpg", picture()), ("notes.txt", b"Notes"))
    letter = {"name": "letter.odt", "mimeType": "application/vnd.oasis.opendocument.text", "buffer": b"PK"}
    page.locator("#attach").set_input_files(letter)
    expect(page.locator("#tray > [data-is=ready]")).to_have_count(4)
    said = page.get_by_text("Goes unchanged, with any place, time and names inside it").filter(visible=True)
    expect(said).to_have_count(2)
    look(page, "tray-unchanged")
    assert_accessible(page)


def test_deleting_a_message_deletes_its_files_here_and_only_here(met: Town, visit: Visits):
    alice, bob = visit.conversation(met.alice, met.bob), visit.conversation(met.bob, met.alice)
    before = blobs(met.bob)
    choose(alice, ("secret.jpg", picture()))
    expect(write(alice, "Delete this").locator(".meta")).to_contain_text(ARRIVED)
    shown = bubble(bob, "Delete this")
    image = bob.request.get(met.bob.node.address + shown.locator("img").get_attribute("src"))
    assert (image.status, len(blobs(met.bob) - before)) == (200, 1)
    shown.locator("a.meta").click()
    bob.get_by_text("Delete on this computer").click()
    look(bob, "delete")
    assert_accessible(bob)
    bob.get_by_role("button", name="Delete", exact=True).click()
    expect(shown).to_have_count(0)
    expect(bob.get_by_role("dialog")).to_have_count(0)
    assert blobs(met.bob) == before
    assert bob.request.get(image.url).status == 404
    expect(bubble(alice, "Delete this")).to_be_visible()
