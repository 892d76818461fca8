"""Files at the page: chosen, dropped, pasted, sent, seen and saved."""

import io
import os
import re
import signal

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import assert_accessible, look
from tests.browser.town import PHONE, bubble, composer, write

DROP = """async ([name, type, text, paste]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type }));
  const words = document.querySelector("#words");
  if (paste) return words.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  const how = { dataTransfer: data, bubbles: true, cancelable: true };
  const fire = (kind) => words.dispatchEvent(new DragEvent(kind, how));
  fire("dragenter");
  window.sawOverlay = !document.querySelector("#drop").hidden;
  fire("dragover");
  fire("drop");
}"""

# The recipient's page may have been quicker than our look.
ARRIVED = re.compile("delivered|read")


def picture(width: int = 900, height: int = 600) -> bytes:
    made = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(made, "JPEG")
    return made.getvalue()


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    page.locator("#attach").set_input_files([{"name": name, "mimeType": "", "buffer": data} for name, data in files])


@pytest.fixture(autouse=True)
def empty_tray(met):
    """What a test leaves in the tray is not the next one's."""
    yield
    session = met.alice.session
    for row in session.get(f"/with/{met.bob.id}/files").json()["files"]:
        session.post(f"/files/{row['id']}/drop", {})


def tray(page: Page):
    return page.get_by_role("list", name="Files to send").get_by_role("listitem")


def test_pictures_go_with_words_and_open_large(met, visit):
    alice, bob = visit.conversation(met.alice, met.bob), visit.conversation(met.bob, met.alice)
    choose(alice, ("beach.jpg", picture()), ("chart.jpg", picture(600, 900)))
    expect(tray(alice)).to_have_count(2)
    look(alice, "files-tray")
    assert_accessible(alice)
    sent = write(alice, "From the beach")
    expect(sent.locator(".meta")).to_contain_text(ARRIVED)
    expect(tray(alice)).to_have_count(0)
    shown = bubble(bob, "From the beach").locator("a.picture")
    expect(shown).to_have_count(2)
    shown.first.click()
    large = bob.get_by_role("dialog", name="Picture")
    expect(large.get_by_role("img", name="beach.jpg")).to_be_visible()
    look(bob, "files-light")
    assert_accessible(bob)
    bob.keyboard.press("ArrowRight")
    expect(large.get_by_role("img", name="chart.jpg")).to_be_visible()
    bob.keyboard.press("Escape")
    expect(large).to_be_hidden()
    expect(shown.nth(1)).to_be_focused()
    look(bob, "files-talk")
    assert_accessible(bob)


def test_a_file_is_saved_as_it_was_sent(met, visit):
    alice, bob = visit.conversation(met.alice, met.bob), visit.conversation(met.bob, met.alice)
    data = os.urandom(2_500_000)
    choose(alice, ("Zahlen 2026 – Entwurf.xlsx", data))
    sent = write(alice, "The figures")
    expect(sent.locator(".meta")).to_contain_text(ARRIVED)
    with bob.expect_download() as saving:
        bubble(bob, "The figures").get_by_role("link", name="Save Zahlen").click()
    assert saving.value.suggested_filename == "Zahlen 2026 – Entwurf.xlsx"
    assert saving.value.path().read_bytes() == data


def test_files_alone_need_no_words(met, visit):
    alice, bob = visit.conversation(met.alice, met.bob), visit.conversation(met.bob, met.alice)
    choose(alice, ("alone.bin", b"\0" * 100))
    composer(alice).press("Enter")
    expect(bob.locator("#log").get_by_text("alone.bin")).to_be_visible()


@pytest.mark.parametrize("paste", [False, True], ids=["dropped", "pasted"])
def test_files_are_dropped_and_pasted(met, visit, paste):
    page = visit.conversation(met.alice, met.bob)
    name = "pasted.txt" if paste else "dropped.txt"
    page.evaluate(DROP, [name, "text/plain", "hello", paste])
    expect(tray(page).filter(has_text=name)).to_be_visible()
    assert paste or page.evaluate("window.sawOverlay")
    expect(page.locator("#drop")).to_be_hidden()
    page.get_by_role("button", name=f"Remove {name}").click()
    expect(tray(page)).to_have_count(0)


def test_what_a_file_says_is_shown_as_words_and_nothing_runs(met, visit):
    alice, bob = visit.conversation(met.alice, met.bob), visit.conversation(met.bob, met.alice)
    script = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(2)</script></svg>"
    choose(alice, ("<img src=x onerror=alert(3)>.svg", script), ("inv\u202efdp.exe", b"MZ\0\0"))
    write(alice, "Look at these")
    shown = bubble(bob, "Look at these")
    expect(shown).to_contain_text("<img src=x onerror=alert(3)>.svg")
    expect(shown).to_contain_text("inv�fdp.exe")
    expect(shown).to_contain_text("can run as programs")
    shown.get_by_text("Read", exact=True).click()
    expect(shown.locator("pre")).to_have_text(script.decode())
    assert shown.locator("svg:not(.icon), script, img").count() == 0


def test_an_upload_rests_while_the_node_is_away_and_goes_on_by_itself(met, visit):
    page = visit.conversation(met.alice, met.bob)
    expect(page.get_by_text("Connected")).to_be_visible()
    data = os.urandom(6 * 1024 * 1024)
    met.alice.node.process.send_signal(signal.SIGSTOP)
    try:
        choose(page, ("patient.bin", data))
        write(page, "When you are back")
        expect(page.locator("#log .pending")).to_contain_text("A file: When you are back")
    finally:
        met.alice.node.process.send_signal(signal.SIGCONT)
    expect(bubble(page, "When you are back").locator(".meta")).to_contain_text(ARRIVED, timeout=40_000)


def test_leaving_asks_first_and_an_upload_goes_on_in_the_next_page(met, visit, guard):
    page = visit.conversation(met.alice, met.bob)
    data = os.urandom(12 * 1024 * 1024)
    # The first chunks pass, and those after them wait until the member has pressed the button.
    passed = []
    page.route("**/chunks/*", lambda route: (passed.append(route), route.continue_() if len(passed) < 4 else None))
    choose(page, ("large.bin", data))
    page.get_by_role("button", name="Pause").click()
    expect(tray(page)).to_contain_text("Paused at")
    page.unroute_all(behavior="ignoreErrors")
    with page.expect_event("dialog") as asked:
        page.evaluate("setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"
    guard.wrongs.remove("dialog: ")
    page.close()
    page = visit.conversation(met.alice, met.bob)
    expect(tray(page)).to_contain_text("Choose the same file again")
    choose(page, ("large.bin", data))
    write(page, "Here it is at last")
    expect(bubble(page, "Here it is at last").locator(".meta")).to_contain_text(ARRIVED, timeout=60_000)


def test_a_refusal_says_why_before_the_upload(met, visit):
    page = visit.conversation(met.alice, met.bob)
    size = 1024**4
    page.evaluate(
        """(size) => {
          const file = new File(["x"], "huge.bin");
          Object.defineProperty(file, "size", { value: size });
          const data = { types: ["Files"], files: [file] };
          const event = new Event("drop", { bubbles: true, cancelable: true });
          Object.defineProperty(event, "dataTransfer", { value: data });
          document.querySelector("#words").dispatchEvent(event);
        }""",
        size,
    )
    expect(tray(page)).to_contain_text("1.1 TB, and 21.5 GB is the most")
    page.get_by_role("button", name="Remove huge.bin").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_files_fit_a_phone(met, visit, scheme):
    alice = visit.conversation(met.alice, met.bob, width=PHONE, scheme=scheme)
    choose(alice, ("a-very-long-name-" * 8 + ".jpg", picture()), ("b.jpg", picture()), ("c.pdf", b"%PDF-1.7\n"))
    expect(tray(alice)).to_have_count(3)
    row = tray(alice).first
    assert row.locator("bdi").bounding_box()["width"] > 160
    ends = [part.bounding_box() for part in (row, row.get_by_role("button", name="Remove"))]
    assert ends[0]["x"] + ends[0]["width"] - ends[1]["x"] - ends[1]["width"] < 12
    look(alice, f"files-tray-phone-{scheme}")
    write(alice, f"Three in {scheme}")
    expect(bubble(alice, f"Three in {scheme}").locator(".file")).to_have_count(3)
    look(alice, f"files-phone-{scheme}")
    assert_accessible(alice)


def test_without_script_files_are_shown_and_saved(met, visit):
    alice = visit.conversation(met.alice, met.bob)
    choose(alice, ("plain.bin", b"\0plain"))
    expect(write(alice, "For old browsers").locator(".meta")).to_contain_text(ARRIVED)
    bob = visit.conversation(met.bob, met.alice, script=False)
    with bob.expect_download() as saving:
        bubble(bob, "For old browsers").get_by_role("link", name="Save plain.bin").click()
    assert saving.value.path().read_bytes() == b"\0plain"
