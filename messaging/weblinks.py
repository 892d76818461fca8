"""Web addresses in people's words: only what is plainly one becomes a link, and a link leads where it seems to lead."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from linkify_it import LinkifyIt

# The finder is quick with what people write, and slow with one address in another many times over.
LONGEST, MOST, NESTED = 2048, 100, 3
LINK = '<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>{}'

_finder = LinkifyIt({}, {"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
for _scheme in ("ftp:", "mailto:", "//"):
    _finder.add(_scheme, None)


@dataclass(frozen=True, slots=True)
class WebLink:
    """Where an address stands in a text, where it leads, and its host in plain letters if it is written in others."""

    start: int
    stop: int
    url: str
    plain_host: str = ""


def find(text: str) -> Iterator[WebLink]:
    """Yield the web addresses of a text, in their order."""
    if "://" not in text:
        return
    at, looked = 0, 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        if not 1 <= word.count("://") <= NESTED or len(word) > LONGEST:
            continue
        looked += 1
        if looked > MOST:
            return
        for match in _finder.match(word) or ():
            if found := _link(match.url, start + match.index, start + match.last_index):
                yield found


def _link(url: str, start: int, stop: int) -> WebLink | None:
    """Return a link, or None where the address would lead elsewhere than a reader thinks."""
    try:
        parts = urlsplit(url)
        if "@" in parts.netloc or "\\" in url or not parts.hostname or parts.port == 0:
            return None
        if any(unicodedata.category(each) in ("Cc", "Cf", "Co", "Cs") for each in url):
            return None
        plain = "" if parts.hostname.isascii() else idna.encode(parts.hostname, uts46=True).decode()
    except (ValueError, idna.IDNAError):
        return None
    return WebLink(start, stop, url, plain)


def linked(text: str) -> SafeString:
    """Return a text as HTML: its addresses as links, everything else as it stands there."""
    links = [*find(text)]
    if not links:
        return escape(text)
    pieces, at = [], 0
    for link in links:
        host = format_html(' <span class="host">({})</span>', link.plain_host) if link.plain_host else ""
        pieces += [(text[at : link.start],), (format_html(LINK, link.url, text[link.start : link.stop], host),)]
        at = link.stop
    return format_html_join("", "{}", [*pieces, (text[at:],)])
