"""Words for open pages, drawn where they were stored.

The thread that took a message in has its rows at hand. Drawn there, it goes to its page as soon as the page's loop
hears of it; a page that asked for it would change threads twice more, and read the database with cold caches.
"""

from typing import Protocol

from messaging import live
from messaging.live import News, View
from peers import events

# Of a bundle of many each page is told in one go anyway, and by then it may stand elsewhere.
MOST = 8


class Page(Protocol):
    """What an open page says of itself. The loop replaces a view or its tail as a whole, so a thread may read them."""

    view: View
    is_idle: bool


_pages: dict[int, Page] = {}


def watch(page: Page) -> None:
    """Draw for a page from now on, until `unwatch`."""
    _pages[id(page)] = page


def unwatch(page: Page) -> None:
    """Draw for it no more."""
    _pages.pop(id(page), None)


@events.goes_ahead
def draw(event: events.Event) -> None:
    """Add to an event of new words, by the places where pages stand, what they will show of it."""
    if event["what"] != "messages" or event.get("mine") or len(event["ids"]) > MOST:
        return
    drawn: dict[live.Place, News] = {}
    for page in list(_pages.values()):
        # The page may move on meanwhile, and then stands elsewhere.
        view = page.view.beside()
        if not page.is_idle or str(view.person_id) != event["person"] or min(event["ids"]) <= view.tail.after:
            continue
        if view.conversation and (place := live.place(view)) not in drawn:
            drawn[place] = live.news(view)
    if drawn:
        event["ahead"] = drawn
