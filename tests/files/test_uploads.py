"""From Bob's browser to his own node."""

import hashlib
import io
import os
import struct
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from messaging.errors import CannotWriteTo
from messaging.files import decoder, photos, pictures, uploads, vault
from messaging.files.errors import (
    Damaged,
    FileTooLarge,
    NoName,
    NoRoom,
    NotStripped,
    NotWhole,
    OtherFile,
    TooManyFiles,
    WrongChunk,
)
from messaging.files.models import Attachment, Preview
from peers import room
from peers.blobs import store
from peers.models import Blob
from peers.protocol import chunk
from tests.files.conftest import BIG, photo

# Of a phone's kind: libheif reads it where it is installed, as for these tests.
HEIC = Path(__file__).with_name("photo.heic")


@pytest.mark.parametrize("data", [b"", b"x", bytes(chunk.CHUNK), BIG], ids=["empty", "one", "a chunk", "two chunks"])
def test_a_file_is_here_as_it_was_sent(upload, data):
    row = upload(data)
    assert (row.state, vault.whole(row)) == ("ready", data)
    assert bytes(row.sha256) == hashlib.sha256(data).digest()


def test_only_ciphertext_reaches_the_disk(upload, home):
    canary = b"CANARY-" * 1000
    upload(canary, name="CANARY-name.txt")
    for path in home.rglob("*"):
        assert b"CANARY" not in (path.read_bytes() if path.is_file() else b"")
        assert "CANARY" not in str(path.relative_to(home))


def test_chunks_may_come_in_any_order_and_again(story):
    row = uploads.begin(story.person, "a", len(BIG))
    for index in (1, 0, 1, 0):
        uploads.put(row, index, BIG[index * chunk.CHUNK :][: chunk.CHUNK])
        row.blob.refresh_from_db()
    assert vault.whole(uploads.finish(row)) == BIG


def test_another_file_under_the_same_id_is_noticed(story):
    row = uploads.begin(story.person, "a", len(BIG))
    uploads.put(row, 0, BIG[: chunk.CHUNK])
    row.blob.refresh_from_db()
    with pytest.raises(OtherFile):
        uploads.put(row, 0, bytes(chunk.CHUNK))


@pytest.mark.parametrize(("index", "data"), [(2, b"x"), (0, b"x"), (1, b"123456"), (1, b"")])
def test_a_chunk_of_another_place_or_size_is_refused(story, index, data):
    row = uploads.begin(story.person, "a", len(BIG))
    with pytest.raises(WrongChunk):
        uploads.put(row, index, data)
    assert Blob.objects.get().held == 0


def test_a_file_with_a_hole_is_not_finished(story):
    row = uploads.begin(story.person, "a", len(BIG))
    uploads.put(row, 1, BIG[chunk.CHUNK :])
    with pytest.raises(NotWhole):
        uploads.finish(row)


def test_another_sum_than_was_said_leaves_nothing(story, django_capture_on_commit_callbacks):
    row = uploads.begin(story.person, "a", 1)
    uploads.put(row, 0, b"x")
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Damaged):
        uploads.finish(row, bytes(32))
    assert not Attachment.objects.exists()
    assert not Blob.objects.exists()
    assert not [path for path in store.folder().rglob("*") if path.is_file()]


def test_too_large_is_said_before_the_upload_with_size_and_limit(story, settings):
    settings.PEERNET_FILE_LIMIT = 20 * 10**9
    uploads.begin(story.person, "a", 20 * 10**9)
    with pytest.raises(FileTooLarge, match=r"20\.5 GB, and 20\.0 GB is the most"):
        uploads.begin(story.person, "a", 20_500_000_000)


def test_a_full_disk_is_said_before_the_upload(story, monkeypatch):
    monkeypatch.setattr(room, "room", lambda: 10)
    with pytest.raises(NoRoom, match="11 bytes, and there is room for 10 bytes"):
        uploads.begin(story.person, "a", 11)


def test_a_disk_that_fills_up_meanwhile_loses_nothing(story, monkeypatch):
    row = uploads.begin(story.person, "a", 1)
    free = {"room": 0}
    monkeypatch.setattr(room, "room", lambda: free["room"])
    with pytest.raises(NoRoom):
        uploads.put(row, 0, b"x")
    free["room"] = 10
    uploads.put(row, 0, b"x")


def test_nothing_is_uploaded_for_somebody_who_cannot_be_written_to(carol):
    with pytest.raises(CannotWriteTo, match="not signed in"):
        uploads.begin(carol, "a", 1)
    assert not Blob.objects.exists()


def test_a_tray_has_an_end(story, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_WAITING", 1)
    uploads.begin(story.person, "a", 1)
    with pytest.raises(TooManyFiles):
        uploads.begin(story.person, "b", 1)


@pytest.mark.parametrize("name", ["", "   ", "a\0b", "\ud800", "folder/"])
def test_a_file_needs_a_name_that_can_be_sent(story, name):
    with pytest.raises(NoName):
        uploads.begin(story.person, name, 1)


def test_a_photo_loses_what_the_camera_wrote_and_keeps_its_pixels(upload):
    data = photo()
    row = upload(data, "beach.jpg")
    sent = vault.whole(row)
    assert b"CANARY-CAMERA" in data
    assert b"CANARY" not in sent
    with Image.open(io.BytesIO(sent)) as after, Image.open(io.BytesIO(data)) as before:
        assert dict(after.getexif()) == {}
        assert max(high for _, high in ImageChops.difference(after, before).getextrema()) <= 16
    assert bytes(row.sha256) == hashlib.sha256(sent).digest()
    assert Blob.objects.count() == 1


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF"])
def test_other_pictures_are_stripped_too(upload, form):
    assert b"CANARY" not in vault.whole(upload(photo(form=form)))


def test_a_photo_taken_sideways_stands_upright(upload):
    exif, made = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(made, "JPEG", exif=exif)
    with Image.open(io.BytesIO(vault.whole(upload(made.getvalue())))) as after:
        assert after.size == (20, 40)


def test_the_original_goes_as_it_is_when_the_member_says_so(upload):
    data = photo()
    row = upload(data, original=True)
    assert vault.whole(row) == data
    assert b"CANARY" not in bytes(row.preview.body)


def test_a_picture_has_a_small_one_made_anew(upload):
    row = upload(photo(3000, 1500))
    with Image.open(io.BytesIO(bytes(row.preview.body))) as small:
        assert (small.format, small.size) == ("WEBP", (1600, 800))


BROKEN = {
    "cut": photo()[:200],
    "no picture": b"\xff\xd8\xff\xe0" + os.urandom(500),
    "a bomb": None,
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_photo_that_cannot_be_stripped_asks_first(upload, send, what):
    data = BROKEN[what] or _bomb()
    row = upload(data, "x.png")
    assert (row.state, vault.whole(row)) == ("asking", data)
    assert not Preview.objects.exists()
    with pytest.raises(NotStripped):
        send("look", row)


def test_a_photo_that_asked_goes_as_it_is_once_the_member_says_so(upload, send):
    data = photo()[:200]
    row = upload(data, "x.jpg")
    photos.send_as_it_is(row)
    assert vault.whole(send("look", row).attachments.get()) == data


def test_a_photo_that_is_too_large_to_decode_asks_too(upload, monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST", 100)
    assert upload(photo(), "x.jpg").state == "asking"


@pytest.mark.parametrize("head", [b"II*\0\x10\0\0\0CR\x02\0", b"MM\0*" + bytes(100)], ids=["a raw photo", "a scan"])
def test_a_photo_of_a_kind_that_is_not_shown_asks_too(upload, head):
    assert upload(head, "x.tif").state == "asking"


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_a_moving_picture_that_tells_nothing_goes_as_it_is(upload, form):
    made, first = io.BytesIO(), Image.new("RGB", (20, 20), "red")
    first.save(made, form, save_all=True, append_images=[Image.new("RGB", (20, 20), "blue")])
    row = upload(made.getvalue())
    assert (row.state, row.kind, vault.whole(row)) == ("ready", "image", made.getvalue())
    with Image.open(io.BytesIO(bytes(row.preview.body))) as small:
        assert (small.n_frames, small.info["loop"]) == (2, 25)


def test_a_phones_own_photos_go_as_a_jpeg_without_place(upload):
    data = HEIC.read_bytes()
    row = upload(data, "IMG_1.HEIC")
    assert b"CANARY-CAMERA" in data
    assert (row.name, row.sniffed, row.state) == ("IMG_1.jpg", "image/jpeg", "ready")
    with Image.open(io.BytesIO(vault.whole(row))) as sent:
        assert (sent.format, dict(sent.getexif())) == ("JPEG", {})
    assert row.preview.width


def test_one_start_of_the_decoder_makes_a_photo_and_its_small_picture(upload, monkeypatch):
    begun, command = [], pictures.command
    monkeypatch.setattr(pictures, "command", lambda task, data: begun.append(task) or command(task, data))
    row = upload(photo(width=4000, height=20), "IMG_1.JPG")
    assert (begun, row.preview.width) == (["photo"], decoder.EDGE)


def test_a_photo_goes_also_where_no_small_picture_of_it_could_be_made(upload, monkeypatch):
    monkeypatch.setattr(pictures, "_decoder", lambda task, data: _photo_without_small(task))
    row = upload(photo(), "IMG_1.JPG")
    assert (row.state, vault.whole(row), Preview.objects.exists()) == ("ready", b"clean", False)


def _photo_without_small(task: str) -> bytes:
    if task != "photo":
        raise pictures.NoPicture
    return struct.pack(">Q", 5) + b"clean"


@pytest.mark.parametrize("made", [b"", b"short", struct.pack(">Q", 9) + b"less", struct.pack(">Q", 0)])
def test_half_an_answer_of_the_decoder_is_no_photo(upload, monkeypatch, made):
    monkeypatch.setattr(pictures, "_decoder", lambda task, data: made)
    assert upload(photo(), "IMG_1.JPG").state == "asking"


def _bomb() -> bytes:
    made = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(made, "PNG")
    return made.getvalue()


def test_dropping_a_file_removes_its_bytes(upload, django_capture_on_commit_callbacks):
    row = upload(b"x")
    path = store.path_of(row.blob)
    with django_capture_on_commit_callbacks(execute=True):
        uploads.drop(row)
    assert not path.exists()
    assert not Blob.objects.exists()


def pdf(pages=1) -> bytes:
    made = io.BytesIO()
    first, *rest = [Image.new("RGB", (300, 400), "white") for _ in range(pages)]
    first.save(made, "PDF", save_all=True, append_images=rest)
    return made.getvalue()


def test_a_pdf_is_shown_by_its_first_page(upload):
    data = pdf()
    row = upload(data, "plan.pdf")
    assert (row.kind, vault.whole(row)) == ("pdf", data)
    with Image.open(io.BytesIO(bytes(row.preview.body))) as small:
        assert (small.format, small.size) == ("WEBP", (750, 1000))


@pytest.mark.parametrize("data", [b"%PDF-1.7 and nothing", pdf()[:300]], ids=["nothing", "cut"])
def test_a_pdf_that_cannot_be_drawn_is_a_card(upload, data):
    row = upload(data, "plan.pdf")
    assert (row.state, vault.whole(row)) == ("ready", data)
    assert not Preview.objects.exists()
