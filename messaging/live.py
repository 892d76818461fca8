"""What a live page lacks: looked up and drawn in one go, off the event loop."""

import uuid
from collections import deque
from dataclasses import dataclass, field

from django.template.loader import render_to_string

from messaging import frames, history
from messaging.conversations import found_with
from messaging.drafts import draft_with
from messaging.drawing import html_of
from messaging.history import Tail
from messaging.links import links
from messaging.models import Conversation, Message
from messaging.people import beside, head_of, known_person, people, unread_total
from messaging.rows import Bubble
from peers.models import KnownPerson
from peers.reachability import Reach, reach

REMEMBERED = 500


@dataclass(slots=True)
class View:
    """What one page shows, as far as the node knows."""

    person_id: uuid.UUID | None = None
    visible: bool = True
    tail: Tail = field(default_factory=Tail)
    person: KnownPerson | None = None
    conversation: Conversation | None = None
    # The pks that were sent last, and each fragment around the conversation as it was sent.
    shown: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    around: dict[str, str] = field(default_factory=dict)

    def beside(self) -> "View":
        """Return a view of what follows here, which moves without this page."""
        return View(self.person_id, tail=self.tail, person=self.person, conversation=self.conversation)


@dataclass(slots=True)
class Wants:
    """What changed since the page was last told."""

    opened: bool = False
    messages: bool = False
    notices: bool = False
    # What stands around the conversation: all of it, or only the list of people and the count of what is unread.
    around: bool = False
    listed: bool = False
    draft: bool = False
    arrived: set[int] = field(default_factory=set)
    states: set[int] = field(default_factory=set)
    # Messages of which only the tick changed, and what it shows now.
    ticks: dict[int, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    # Messages that the page must hear of in any case: it sent them again, or from another conversation.
    answers: dict[int, uuid.UUID] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.around or self.listed or self.ticks or self.a_look)

    @property
    def a_look(self) -> bool:
        """Whether the rows of the conversation must be looked at."""
        flags = (self.opened, self.messages, self.notices, self.draft)
        return any((*flags, self.states, self.gone, self.answers))


def look(view: View, wants: Wants) -> list[str]:
    """Return the frames that bring a page's conversation up to date, and note in `view` what they show."""
    if view.person_id and view.conversation is None:
        _find(view)
    found: list[str] = []
    if view.conversation:
        found += _conversation(view, view.conversation, wants)
    for pk, person in wants.answers.items():
        found += _answer(pk, person)
    if wants.draft and view.person_id:
        found.append(frames.frame("draft", **{"with": view.person_id}, text=draft_with(view.person_id)))
    return found


def _find(view: View) -> None:
    view.person = view.person or known_person(view.person_id)
    view.conversation = found_with(view.person_id)


def _conversation(view: View, conversation: Conversation, wants: Wants) -> list[str]:
    states = set(wants.states)
    if wants.opened:
        # While the page was away, its newest messages may have got other states.
        states |= set(history.my_latest(conversation, view.tail.after))
    found = [frames.frame("state", id=gone, html="") for gone in wants.gone]
    found += _states(view, conversation, states)
    if wants.opened or wants.messages or wants.notices:
        # Transactions may become visible in another order than their numbers', where there are several writers.
        late = {pk for pk in wants.arrived if pk <= view.tail.after} - set(view.shown)
        found += [_message(view, bubble) for bubble in history.again(conversation, _name(view), late)] if late else []
        found += _newer(view, conversation, wants.opened or wants.notices)
    return found


@dataclass(frozen=True, slots=True)
class News:
    """What came after a tail, drawn for every page that stands there."""

    frames: list[str]
    tail: Tail
    shown: list[int]


Place = tuple[object, ...]


def place(view: View) -> Place:
    """Return where a page stands: for two that stand there the same words are news."""
    return view.person_id, view.tail.after, view.tail.noticed, view.tail.last is None


def place_of(view: View, wants: Wants) -> Place | None:
    """Return where a page stands if it lacks nothing but new messages there, so that others may stand there too."""
    only_new = wants.messages and not (
        wants.opened or wants.notices or wants.draft or wants.states or wants.gone or wants.answers
    )
    late = any(pk <= view.tail.after for pk in wants.arrived)
    if not only_new or late or view.conversation is None:
        return None
    return place(view)


def news(view: View) -> News:
    """Look up what came after a page's tail, and leave the page as it is."""
    view = view.beside()
    found = _newer(view, view.conversation, with_notices=False) if view.conversation else []
    return News(found, view.tail, list(view.shown))


def take(view: View, found: News) -> list[str]:
    """Note in `view` what these news show, and return their frames."""
    view.tail = found.tail
    view.shown.extend(found.shown)
    return found.frames


def ticks(view: View, wants: Wants) -> list[str]:
    """Return the frames that turn ticks; what the page was not sent yet will come with its own."""
    by_state: dict[str, list[int]] = {}
    for pk, state in wants.ticks.items():
        if pk <= view.tail.after:
            by_state.setdefault(state, []).append(pk)
    return [frames.frame("ticks", pks=pks, state=state) for state, pks in by_state.items()]


def _states(view: View, conversation: Conversation, pks: set[int]) -> list[str]:
    shown = {pk for pk in pks if pk <= view.tail.after}
    if not shown:
        return []
    bubbles = history.again(conversation, _name(view), shown)
    return [frames.frame("state", id=bubble.id, html=html_of(bubble)) for bubble in bubbles]


def _newer(view: View, conversation: Conversation, with_notices: bool) -> list[str]:
    found = history.newer(conversation, _name(view), view.tail, with_notices)
    if found is None:
        last = conversation.messages.order_by("-pk").values_list("pk", flat=True).first() or 0
        view.tail = Tail(last)
        return [frames.frame("resync")]
    bubbles, view.tail = found
    return [_message(view, bubble) for bubble in bubbles]


def _message(view: View, bubble: Bubble) -> str:
    view.shown.append(bubble.pk)
    return frames.message(view.person_id, bubble, html_of(bubble))


def _answer(pk: int, person: uuid.UUID) -> list[str]:
    message = Message.objects.select_related("conversation__direct_with").filter(pk=pk).first()
    if message is None:
        return []
    name = message.conversation.direct_with.name
    bubbles = history.again(message.conversation, name, [pk])
    return [frames.message(person, bubble, html_of(bubble)) for bubble in bubbles]


def _name(view: View) -> str:
    return view.person.name if view.person else ""


Surroundings = tuple[KnownPerson | None, dict[str, str]]


def around(view: View) -> list[str]:
    """Return the list, the title, the head and the broken ways, as far as they are not what was sent last."""
    return take_around(view, surroundings(view.person_id))


def listing(person_id: uuid.UUID | None) -> dict[str, str]:
    """Draw the list of people and the count of what is unread: all that words change around a conversation."""
    listed = people()
    unread = unread_total(listed)
    return {
        "people": _fragment("people", "people", **beside(listed, person_id, unread)),
        "title": frames.frame("title", unread=unread),
    }


def surroundings(person_id: uuid.UUID | None) -> Surroundings:
    """Draw what stands around the conversation with a person, the same for every page that shows it."""
    person = known_person(person_id) if person_id else None
    found = reach(person) if person else Reach.UNKNOWN
    fresh = listing(person_id) | {"links": _fragment("links", "links", links=links(person, found))}
    if person:
        head = head_of(person, found)
        fresh["header"] = _fragment("header", "header", **head)
        fresh["details"] = _fragment("details", "details", **head)
    return person, fresh


def take_around(view: View, found: Surroundings) -> list[str]:
    """Note in `view` what stands around it now, and return the frames of what changed."""
    view.person, fresh = found
    return take_listing(view, fresh)


def take_listing(view: View, fresh: dict[str, str]) -> list[str]:
    """Note in `view` what was drawn anew, and return the frames of what changed."""
    changed = [html for which, html in fresh.items() if view.around.get(which) != html]
    view.around = view.around | fresh
    return changed


def _fragment(kind: str, template: str, **context: object) -> str:
    return frames.frame(kind, html=render_to_string(f"messaging/{template}.html", context))
