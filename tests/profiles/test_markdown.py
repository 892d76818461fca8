"""What people write of themselves is drawn, and neither runs nor fetches anything."""

import time
from html.parser import HTMLParser

import pytest

from profiles.markdown import render


def elements(html: str) -> list[tuple[str, dict]]:
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(html)
    return found


def test_the_plain_marks_are_drawn():
    assert render("**b** *i* ~~s~~ `c`\n\n- one") == (
        "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>\n<ul>\n<li>one</li>\n</ul>\n"
    )


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](//evil.example/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](\tjavascript:alert(1))",
        "[x](//evil.example)",
        "<a href='x' style='position:fixed'>x</a>",
        "[x](https://a.example 'onmouseover=alert(1)')",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(evil):
    for tag, attributes in elements(render(evil)):
        assert tag in ("p", "a")
        assert set(attributes) <= {"href", "rel"}
        assert attributes.get("href", "https://a.example") == "https://a.example"


def test_links_tell_nobody_where_they_were_followed():
    assert 'rel="noopener noreferrer nofollow"' in render("[x](https://a.example)")


@pytest.mark.parametrize("evil", ["[" * 4000, "> " * 2000, "*a" * 2000, "[a](" * 1000, "`" * 4000])
def test_the_longest_and_worst_takes_no_time(evil):
    began = time.process_time()
    render(evil)
    assert time.process_time() - began < 1
