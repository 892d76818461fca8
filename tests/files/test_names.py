"""Hostile names and types."""

import pytest

from messaging.files import kinds
from messaging.files.names import clean, ending, safe, shown
from messaging.files.sizes import size_text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../x", "x"),
        ("..\\..\\x", "x"),
        ("/etc/passwd", "passwd"),
        ("C:\\x.txt", "x.txt"),
        ("\\\\host\\share", "share"),
        ("%2e%2e%2f", "%2e%2e%2f"),
        (".", "file"),
        ("..", "file"),
        ("", "file"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("COM1.log", "_COM1.log"),
        ("a.txt:ads", "a.txt_ads"),
        ("x. ", "x"),
        (".htaccess", "htaccess"),
        ("inv\u202efdp.exe", "inv_fdp.exe"),
        ("a\r\nSet-Cookie: x", "a__Set-Cookie_ x"),
        ('a"b', "a_b"),
        ("a\0b", "a_b"),
        ("Grüße 👋.pdf", "Grüße 👋.pdf"),
        ("report.pdf.exe", "report.pdf.exe"),
    ],
)
def test_a_name_is_saved_safely(name, expected):
    assert safe(name) == expected


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u200f", "\u2066", "\ufeff", "\n", "\x1b", "\u2028"])
def test_nothing_hides_in_a_shown_name(hidden):
    assert shown(f"inv{hidden}fdp.exe") == "inv�fdp.exe"


def test_a_long_name_keeps_its_ending():
    assert len(clean("x" * 10_000 + ".pdf")) == 255
    assert clean("x" * 10_000 + ".pdf").endswith("x.pdf")


@pytest.mark.parametrize(("name", "expected"), [("a.pdf.exe", "EXE"), ("a", ""), ("a.<b>", ""), ("a.tar.gz", "GZ")])
def test_the_real_ending_is_shown(name, expected):
    assert ending(name) == expected


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text"),
        (b"<html><script>alert(1)</script>", "text"),
        (b"%PDF-1.7 /JavaScript", "pdf"),
        (b"PK\x03\x04" + bytes(100), "other"),
        (b"\x1f\x8b\x08" + bytes(100), "other"),
        (b"MZ" + bytes(100), "other"),
        (b"GIF89a/*" + b"*/=1;alert(1)//", "image"),
        (b"II*\0" + bytes(100), "other"),
        (b"8BPS" + bytes(100), "other"),
        (b"%!PS-Adobe-3.0 EPSF", "other"),
        (b"\0\0\x01\0" + bytes(100), "other"),
        (b"\0" * 100, "other"),
        (b"", "other"),
        ("Grüße".encode(), "text"),
        ("Grüße".encode("latin-1") + b" and more", "other"),
    ],
)
def test_only_the_first_bytes_say_what_a_file_is(head, kind):
    assert kinds.sniff(head).kind == kind


WEBM = b"\x1a\x45\xdf\xa3" + b"\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + bytes(30)


@pytest.mark.parametrize(
    ("said", "kind", "played"),
    [
        ("audio/webm", "audio", "audio/webm"),
        ("video/webm", "video", "video/webm"),
        ("", "video", "video/webm"),
        ("text/html", "video", "video/webm"),
    ],
)
def test_a_sender_may_say_that_a_container_holds_sound_only(said, kind, played):
    assert kinds.sniff(WEBM, said) == kinds.Sniffed(kind, played)


def test_saying_sound_makes_nothing_else_of_a_page():
    assert kinds.sniff(b"<html><script>alert(1)</script>", "audio/webm").kind == "text"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (104_857_600, "105 MB"),
        (20 * 10**9, "20.0 GB"),
    ],
)
def test_sizes_are_said_as_file_managers_do(size, text):
    assert size_text(size) == text
