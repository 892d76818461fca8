"""Markdown that people write of themselves, as HTML that fetches nothing and runs nothing."""

from functools import cache
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h3", "h4", "hr"}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "*": set()}
SCHEMES = {"http", "https", "mailto"}
LINKS = ("https://", "http://", "mailto:")
# A page has its own headings above these.
LOWER = {"h1": "h3", "h2": "h4", "h3": "h4", "h5": "h4", "h6": "h4"}


@cache
def _parser() -> "MarkdownIt":
    # Here, as nh3 below: a node at rest has neither in memory.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image").enable("strikethrough")
    # Relative links would lead to pages of this node, and "//" to another's.
    parser.validateLink = lambda url: url.lower().startswith(LINKS)
    return parser


def render(text: str) -> SafeString:
    """Return what somebody wrote as HTML of a few plain elements; whatever else it holds stands there as text."""
    import nh3

    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        token.tag = LOWER.get(token.tag, token.tag)
    html = parser.renderer.render(tokens, parser.options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow"
    )
    # nh3 keeps nothing but the elements and attributes above.
    return mark_safe(clean)  # noqa: S308
