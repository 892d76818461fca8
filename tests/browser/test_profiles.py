"""People's pages in a real browser."""

import io
import re

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE, row_of


def photo(colour: str = "teal") -> dict[str, object]:
    """Return a photo with a mark in its corner, as a file that is chosen."""
    image = Image.new("RGB", (900, 600), colour)
    image.paste("gold", (380, 230, 520, 370))
    out = io.BytesIO()
    image.save(out, "JPEG")
    return {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def fill_in(page: Page, name: str) -> None:
    page.get_by_label("Picture", exact=True).set_input_files(photo())
    expect(page.locator("#cropper canvas")).to_be_visible()
    page.get_by_label("Full name").fill(name)
    page.get_by_label("Position").fill("Chief Financial Officer")
    page.get_by_label("Location").fill("Auckland")
    page.get_by_label("Time zone").select_option("Pacific/Auckland")
    page.get_by_label("About you").fill("Numbers, **sailing**, strong coffee.")


def test_bob_makes_his_profile_and_alice_sees_it_without_a_reload(met, visit):
    alice, bob = visit.conversation(met.alice, met.bob), visit(met.bob, "/me/?edit")
    fill_in(bob, "Bob Okafor")
    preview = bob.locator("#preview")
    expect(preview.get_by_text("sailing")).to_have_js_property("tagName", "STRONG")
    expect(preview.locator(".avatar canvas")).to_be_visible()
    look(bob, "profile-edit")
    assert_accessible(bob)
    bob.get_by_role("button", name="Save").click()
    expect(bob.locator("#live .avatar canvas")).to_be_visible()
    look(bob, "profile-mine")
    assert_accessible(bob)
    expect(alice.locator("#details .avatar canvas")).to_be_visible()
    expect(alice.locator("#details")).to_contain_text("Chief Financial Officer")
    expect(alice.locator("#details time[data-zone]")).to_have_text(re.compile(r"\d\d:\d\d"))
    expect(row_of(alice, met.bob).locator("canvas")).to_be_visible()
    expect(alice.locator("#header canvas")).to_be_visible()
    look(alice, "details")
    assert_accessible(alice)


def test_the_picture_is_what_stood_in_the_square(met, visit):
    page = visit(met.bob, "/me/?edit")
    page.get_by_label("Picture", exact=True).set_input_files(photo("navy"))
    square = page.locator("#cropper canvas")
    page.get_by_label("Size of the picture").fill("400")
    for _ in range(3):
        square.press("ArrowRight")
    page.get_by_label("Full name").fill("Bob Okafor")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#live .avatar canvas")).to_be_visible()
    answer = page.request.get(met.bob.node.address + page.locator("#live .avatar").get_attribute("data-picture"))
    image = Image.open(io.BytesIO(answer.body()))
    assert image.size == (320, 320)
    # Four times as large as the whole photo, and moved so that the mark went to the left.
    red, green, blue = image.getpixel((100, 160))
    assert red > 200 > blue
    assert image.getpixel((318, 160))[2] > 100


def test_what_is_no_picture_is_said_at_once(met, visit):
    page = visit(met.lena, "/me/?edit")
    page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "x.png", "mimeType": "image/png", "buffer": b"<script>alert(1)</script>"}
    )
    expect(page.get_by_role("alert")).to_contain_text("cannot be used as a picture")


def test_lenas_page_is_drawn_anew_when_she_changes_it(met, visit):
    alice, lena = visit(met.alice, f"/people/{met.lena.id}/"), visit(met.lena, "/me/?edit")
    look(alice, "profile-theirs-before")
    assert_accessible(alice)
    lena.get_by_label("Full name").fill("Lena Marić")
    lena.get_by_label("Position").fill("General Counsel")
    lena.get_by_role("button", name="Save").click()
    expect(alice.get_by_text("General Counsel")).to_be_visible()
    expect(alice.get_by_role("link", name="Write to")).to_be_visible()


def test_the_pages_on_a_phone_in_the_dark(met, visit):
    page = visit(met.bob, "/me/", width=PHONE, scheme="dark")
    look(page, "profile-mine-phone")
    assert_accessible(page)
    page.get_by_role("link", name="Edit your profile").click()
    page.get_by_label("Picture", exact=True).set_input_files(photo())
    expect(page.locator("#cropper canvas")).to_be_visible()
    look(page, "profile-edit-phone")
    assert_accessible(page)
    page = visit(met.alice, f"/people/{met.bob.id}/", width=PHONE, scheme="dark")
    look(page, "profile-theirs-phone")
    assert_accessible(page)


def test_everything_works_without_script(met, visit):
    page = visit(met.lena, "/me/?edit", script=False)
    page.get_by_label("Picture", exact=True).set_input_files(photo("maroon"))
    page.get_by_label("About you").fill("Contracts, *gardens*")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview em")).to_have_text("gardens")
    page.get_by_label("Picture", exact=True).set_input_files(photo("maroon"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#live .avatar img")).to_be_visible()
    look(page, "profile-scriptless")
