"""Web addresses in words: links lead where they seem to lead, and nothing else becomes one."""

import time

import pytest

from messaging.weblinks import find, linked


def urls(text: str) -> list[str]:
    return [link.url for link in find(text)]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("see https://example.com.", "https://example.com"),
        ("(http://example.com/a_(b)?x=1&y=2)", "http://example.com/a_(b)?x=1&y=2"),
        ("HTTPS://EXAMPLE.com/X", "HTTPS://EXAMPLE.com/X"),
        ("https://localhost:8200/with/", "https://localhost:8200/with/"),
        ("https://de.wikipedia.org/wiki/Größe", "https://de.wikipedia.org/wiki/Größe"),
    ],
)
def test_an_address_becomes_a_link(text, url):
    assert urls(text) == [url]


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//evil.example/x",
        "\tjavascript:alert(1)",
        "file:///etc/passwd",
        "ftp://example.com/",
        "main.rs and README.md and example.com",
        "mailto:a@example.com",
        "https://bank.example@evil.example/",
        "https://evil.example/\u202egpj.exe",
        "https://",
        "",
    ],
)
def test_anything_else_stays_words(text):
    assert urls(text) == []


def test_a_look_alike_is_shown_in_plain_letters():
    assert "(xn--80ak6aa92e.com)" in linked("http://аррӏе.com/")


def test_everything_around_a_link_is_escaped():
    html = linked('<b>"x"</b> https://example.com/?a=1&b=2 <script>alert(1)</script>')
    assert html == (
        "&lt;b&gt;&quot;x&quot;&lt;/b&gt; "
        '<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">'
        "https://example.com/?a=1&amp;b=2</a> &lt;script&gt;alert(1)&lt;/script&gt;"
    )


@pytest.mark.parametrize(
    "text",
    [
        "https://a.com?" * 4600,
        ("https://a.com?" * 140 + " ") * 33,
        "://" * 21_000,
        "https://a.com " * 4600,
        "a" * 65_000,
    ],
)
def test_no_words_take_long(text):
    start = time.thread_time()
    linked(text)
    assert time.thread_time() - start < 0.5
