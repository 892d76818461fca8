"""Files that want to do harm: stored as given, shown safely or not at all."""

import io
import os
import random
import struct
import subprocess
import sys
import time
import zipfile
import zlib

import pytest
from PIL import Image

from messaging.files import decoder, kinds, pictures, vault
from messaging.files.models import Attachment, Preview
from tests.documents import pdf
from tests.files.conftest import Incoming, photo

# `make faults` tries as many as the issue asks for.
MUTANTS = 5000 if os.environ.get("FAULTS") == "whole" else 100
SCRIPT = b"<script>alert(1)</script>"


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is enormous."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif_of_many_frames(count: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HH", 2000, 2000) + b"\x80\0\0" + bytes(6)
    frame = b"," + struct.pack("<HHHH", 0, 0, 2000, 2000) + b"\0\x02\x02\x44\x01\0"
    return head + frame * count + b";"


def zip_bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for place in range(10):
            archive.writestr(f"{place}.bin", bytes(10_000_000))
    return made.getvalue()


def gif_with(words: bytes) -> bytes:
    made = io.BytesIO()
    Image.new("P", (8, 8)).save(made, "GIF")
    return made.getvalue() + words


CORPUS = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>" + SCRIPT + b"</svg>",
    "html": b"<!doctype html><html><body onload=alert(1)>" + SCRIPT,
    "xhtml": b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>" + SCRIPT + b"</html>",
    "mhtml": b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n" + SCRIPT,
    "html that says it is a picture": b"\x89PNG" + SCRIPT,
    "a picture and a page": gif_with(SCRIPT),
    "a script and a picture": b"GIF89a/*" + bytes(50) + b"*/=1;alert(1)//",
    "a photo and a page": photo(gps=False) + SCRIPT,
    "a document and an archive": pdf("One") + zip_bomb()[:2000],
    "a document with scripts": pdf("One", hostile=True),
    "a zip bomb": zip_bomb(),
    "a picture that says it is enormous": png_claiming(60_000, 60_000),
    "a picture just over the limit": png_claiming(8_001, 8_000),
    "a picture of no size": png_claiming(0, 0),
    "ten thousand frames": gif_of_many_frames(10_000),
    "a program": b"MZ" + bytes(200),
    "a shell script": b"#!/bin/sh\nrm -rf ~\n",
    "a Windows link": b"L\0\0\0\x01\x14\x02\0" + bytes(100),
    "an old picture": b"II*\0" + bytes(100),
    "Photoshop": b"8BPS\0\x01" + bytes(100),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n(x) run\n",
    "a film that is none": b"\0\0\0\x18ftypmp42" + bytes(100),
    "a sound that is none": b"ID3\x04" + bytes(100),
    "nothing": b"",
}
LIES = [
    "text/html",
    "image/svg+xml",
    "application/javascript",
    "image/png",
    "application/pdf",
    "audio/webm",
    "x\r\ny: z",
]
# What a page may get to see of them, and under which types.
INLINE = {"image/webp", "audio/mpeg", "audio/webm", "video/mp4", "video/webm", "text/plain; charset=utf-8"}


@pytest.mark.parametrize("what", CORPUS)
def test_a_hostile_file_is_kept_as_given_and_never_run(browser, hear, what):
    data = CORPUS[what]
    file = Incoming(data, f"{what}.html", LIES[len(what) % (len(LIES) - 1)])
    hear("look", file)
    file.arrive()
    row = Attachment.objects.get()
    assert (row.state, vault.whole(row)) == ("ready", data)
    saved = browser.get(f"/files/{row.pk}/download")
    assert (saved.status_code, saved["Content-Type"]) == (200, "application/octet-stream")
    assert saved["Content-Disposition"].startswith("attachment")
    for way in ("play", "preview", "text"):
        shown = browser.get(f"/files/{row.pk}/{way}")
        assert shown.status_code in (200, 404)
        if shown.status_code == 200:
            assert shown["Content-Type"] in INLINE
            assert shown["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert shown["X-Content-Type-Options"] == "nosniff"
            if way == "preview":
                assert b"alert" not in shown.content
    original = browser.get(f"/files/{row.pk}/original")
    if original.status_code != 404:
        # Bytes that a stranger wrote, but of a picture that was read here, and as a picture only.
        assert Preview.objects.exists()
        assert original["Content-Type"] in kinds.SHOWN
        assert original["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert original["X-Content-Type-Options"] == "nosniff"
    page = browser.get(f"/with/{row.person_id}/")
    assert page.status_code == 200
    assert b"<script>alert" not in page.content


@pytest.mark.parametrize("said", LIES)
def test_what_a_sender_says_of_a_page_makes_nothing_else_of_it(browser, hear, said):
    file = Incoming(CORPUS["html"], "invoice.pdf", said)
    hear("look", file)
    file.arrive()
    row = Attachment.objects.get()
    assert row.kind == "text"
    assert browser.get(f"/files/{row.pk}/read").status_code == 404
    assert browser.get(f"/files/{row.pk}/text")["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("way", ["download", "play", "preview", "original", "text", "read", "poster"])
def test_a_files_bytes_answer_only_their_owners_session(client, pages, upload, send, way):
    row = upload(photo(gps=False), "mine.jpg")
    send("look", row)
    method = client.post if way == "poster" else client.get
    answer = method(f"/files/{row.pk}/{way}")
    assert answer.status_code in (302, 401, 403)


def test_a_guessed_file_is_not_there(browser, story):
    for way in ("download", "play", "preview", "original", "text", "read"):
        assert browser.get(f"/files/00000000-0000-4000-8000-000000000000/{way}").status_code == 404


def test_a_picture_that_was_sent_is_shown_as_it_is(browser, hear):
    hear("look", file := Incoming(photo(form="PNG"), "beach.html", "text/html"))
    file.arrive()
    shown = browser.get(f"/files/{Attachment.objects.get().pk}/original")
    assert (shown.status_code, shown["Content-Type"], shown["Content-Length"]) == (
        200,
        "image/png",
        str(len(file.data)),
    )


def test_a_picture_that_only_some_browsers_show_is_not(browser, hear):
    hear("look", file := Incoming(heic(), "IMG_1.HEIC"))
    file.arrive()
    row = Attachment.objects.get()
    assert [browser.get(f"/files/{row.pk}/{way}").status_code for way in ("preview", "original")] == [200, 404]


def test_a_deleted_file_is_not_there_any_more(browser, upload, send):
    row = upload(photo(gps=False), "mine.jpg")
    message = send("look", row)
    assert browser.get(f"/files/{row.pk}/preview").status_code == 200
    message.delete()
    assert browser.get(f"/files/{row.pk}/preview").status_code == 404
    assert browser.get(f"/files/{row.pk}/download").status_code == 404
    assert not Preview.objects.exists()


# Mutants: a decoder may fail, and must not hang, grow, or take the node with it.


def mutants(seed: bytes, count: int) -> list[bytes]:
    """Return copies with some bytes changed, a part cut off, doubled or moved."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        data = bytearray(seed)
        for _ in range(chance.choice((1, 2, 8, 64))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        match chance.randrange(4):
            case 0:
                del data[chance.randrange(1, len(data)) :]
            case 1:
                at = chance.randrange(len(data))
                data[at:at] = data[: chance.randrange(min(500, len(data)))]
        made.append(bytes(data))
    return made


def heic() -> bytes:
    from tests.files.test_uploads import HEIC

    return HEIC.read_bytes()


SEEDS = {
    "preview": [photo(form=form) for form in ("JPEG", "PNG", "WEBP", "AVIF", "GIF")] + [heic()],
    "page": [pdf("One", "Two", hostile=True)],
}
CASES = [(task, seed) for task, seeds in SEEDS.items() for seed in seeds]
# What a decoder may raise is its own affair; what it makes is small, and it comes to an end.
IN_A_ROW = """
import struct, sys
for data in sys.stdin:
    try:
        made = ns["TASKS"]["{task}"](bytes.fromhex(data))
    except Exception:
        continue
    (width, height), body = struct.unpack_from(">II", made), made[8:]
    assert body[:4] == b"RIFF" and max(width, height) <= ns["EDGE"]
print("all looked at")
"""


def made_of(task: str, data: bytes) -> pictures.Picture | None:
    try:
        return pictures.preview(data) if task == "preview" else pictures.page_one(data)
    except pictures.NoPicture:
        return None


def test_mutated_pictures_and_documents_are_drawn_small_or_refused():
    for task, seed in CASES:
        done = decode(
            IN_A_ROW.format(task=task), task, "\n".join(each.hex() for each in mutants(seed, 100 // len(CASES) + 1))
        )
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, b"all looked at"), done.stderr[-500:]


@pytest.mark.timeout(7200)
def test_a_mutated_file_costs_the_node_a_moment_and_nothing_else():
    slowest = 0.0
    for task, seed in CASES:
        for data in mutants(seed, MUTANTS // len(CASES) + 1 if MUTANTS > 100 else 1):
            start = time.monotonic()
            made = made_of(task, data)
            slowest = max(slowest, time.monotonic() - start)
            assert made is None or (made.body[:4] == b"RIFF" and max(made.width, made.height) <= decoder.EDGE)
    assert slowest < pictures.SECONDS + 5


# The limits of the process hold.


def decode(code: str, task: str = "preview", given: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run something where a decoder would run, after its limits are set."""
    start = f"import runpy; ns = runpy.run_path({decoder.__file__!r}); ns['load']({task!r}, heif=True); ns['limit']()"
    script = f"{start}\n{code}"
    command = [sys.executable, "-I", "-c", script]
    return subprocess.run(command, input=given.encode(), capture_output=True, env={}, timeout=60, check=False)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("bytearray(2 * 1024**3)", b"MemoryError"),
        ("open('/etc/hostname')", b"Too many open files"),
        ("open('/tmp/x', 'w')", b"Too many open files"),
        ("import socket; socket.socket()", b"Too many open files"),
        ("import ctypes; ctypes.CDLL('libc.so.6').system(b'true') and exit(1)", b"Too many open files"),
    ],
    ids=["memory", "reading", "writing", "connecting", "loading"],
)
def test_a_decoder_that_was_taken_over_gets_nowhere(code, error):
    done = decode(code)
    assert done.returncode
    assert error in done.stderr


def test_a_decoder_that_never_ends_is_ended(monkeypatch):
    monkeypatch.setattr(pictures, "SECONDS", 1)
    monkeypatch.setattr(pictures, "command", lambda *_: [sys.executable, "-c", "while True: pass"])
    start = time.monotonic()
    with pytest.raises(pictures.NoPicture):
        pictures.preview(photo())
    assert time.monotonic() - start < 10


def test_the_systems_own_clock_ends_it_too():
    done = decode("import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass")
    assert done.returncode < 0


# Nothing of a file is in the clear.


def test_name_bytes_and_small_picture_are_nowhere_on_the_disk(upload, send, hear, home):
    row = upload(photo(900, 600), "CANARY-NAME.jpg", media_type="image/CANARY")
    send("CANARY-WORDS", row)
    file = Incoming(pdf("CANARY-PAGE"), "CANARY-THEIRS.pdf")
    hear("look", file)
    file.arrive()
    small = [bytes(made.body) for made in Preview.objects.all()]
    assert len(small) == 2
    whole = [vault.whole(each) for each in Attachment.objects.all()]
    needles = [b"CANARY", *(part[100:132] for part in (*small, *whole))]
    for path in home.rglob("*"):
        assert "CANARY" not in path.name
        if path.is_file():
            content = path.read_bytes()
            assert not [needle for needle in needles if needle in content], path
