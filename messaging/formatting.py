"""Words that their sender wrote in Markdown, as the same safe HTML that profiles use."""

from functools import lru_cache

from django.utils.safestring import SafeString

from profiles import markdown

# A parser may need time that grows with the square of what it reads; longer words are shown as they were typed.
LONGEST = 4000


@lru_cache(maxsize=256)
def formatted(text: str) -> SafeString:
    """Return words as HTML; nothing for words that are too long for that."""
    return markdown.render(text) if len(text) <= LONGEST else SafeString("")
