"""The only way up: what the rooms above the post office connect to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.dispatch import Signal

from peers.models import KnownPerson, PeerDevice
from peers.protocol.payload import Payload

Handler = Callable[[PeerDevice, Payload], None]
Supplier = Callable[[bytes], bytes | None]

# Sent in the transaction that ends deliveries, with `deliveries`: a list of rows, each delivered or failed.
deliveries_ended = Signal()
# Sent in the transaction that turns a delivery into a void, with `delivery`: it failed, and `reason` says why.
delivery_given_up = Signal()
# Sent in the transaction that finds other keys for a person than the pinned ones, with `person`.
keys_changed = Signal()
# Sent in the transaction in which the member answers, with `person` and `accepted`.
keys_judged = Signal()
# Sent in the transaction that opens a new stream because this home was restored or copied, with `peer`.
stream_restarted = Signal()
# Sent after commit, with `peer`, a pk: this device came online, or can be reached anew.
device_reachable = Signal()
# Sent when the process that holds the home begins to serve, and when it is about to end.
node_started = Signal()
node_ending = Signal()
# Sent when a command beside the node has queued or carried something, without anything: pages have heard of nothing.
bell_rang = Signal()
# Sent every quarter of an hour by the node, without anything: remove what is kept no longer.
tidying = Signal()
# Sent in the transaction in which a classic message of ours moved on, with `letter`, and `caution` to show beside it.
classic_letter_moved = Signal()

_handlers: dict[str, Handler] = {}
_suppliers: dict[str, Supplier] = {}


class Refused(Exception):
    """A handler will not have this payload, now or ever. The stream moves on, and the sender is told."""


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Connect a handler to a kind of payload.

    It runs in the inbox's transaction and raises `Refused` or nothing. What it wants to send goes after the commit.
    One that refuses after it stored something is called again, with all of its bundle: what it does beyond rows is
    done twice.
    """

    def connect(handler: Handler) -> Handler:
        if kind in _handlers:
            raise ValueError(f"two handlers for {kind}")
        _handlers[kind] = handler
        return handler

    return connect


def handler_for(kind: str) -> Handler | None:
    """Return the handler of a kind, or None when this version knows none."""
    return _handlers.get(kind)


def supplies(kind: str) -> Callable[[Supplier], Supplier]:
    """Connect what finds the body of a payload again by its id, for a recipient that lost it; None voids it."""

    def connect(supplier: Supplier) -> Supplier:
        if kind in _suppliers:
            raise ValueError(f"two suppliers for {kind}")
        _suppliers[kind] = supplier
        return supplier

    return connect


def body_again(kind: str, payload_id: bytes) -> bytes | None:
    """Return the body that was sent under this id, or None when nobody has it any more."""
    supplier = _suppliers.get(kind)
    return supplier(payload_id) if supplier else None


@dataclass(frozen=True, slots=True)
class ClassicFile:
    """A file of the classic network. Its name and type are only what its sender says."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ClassicEvent:
    """What an invitation tells beside the event's name; the picture that it may name is never fetched."""

    description: str
    location: str
    starts_at: datetime | None
    ends_at: datetime | None
    # As JSON spells it.
    start_literal: str


@dataclass(frozen=True, slots=True)
class ClassicWords:
    """Words that arrived by the classic network, under a name that nobody proved; `caution` says so."""

    person: KnownPerson
    payload_id: bytes
    text: str
    sent_at: datetime
    caution: str
    # In the place of words: what `ClassicShelf.keep` returned for a file.
    file: Any = None
    is_markdown: bool = False
    # What the words name, if they do.
    event: ClassicEvent | None = None


ClassicHandler = Callable[[ClassicWords], None]
_classic_handlers: list[ClassicHandler] = []


def takes_classic_words(handler: ClassicHandler) -> ClassicHandler:
    """Connect what stores words of the classic network. It runs in the reception's transaction; may raise `Refused`."""
    _classic_handlers.append(handler)
    return handler


def hand_over_classic_words(words: ClassicWords) -> None:
    """Give words to whoever stores them. Raises `Refused`."""
    for handler in _classic_handlers:
        handler(words)


@dataclass(frozen=True, slots=True)
class ClassicAnswer:
    """What somebody answers to an invitation of ours, which is named by its event and its start in seconds."""

    sender: str
    event: str
    start: int
    # As it travels: 0 not going, 1 going, 2 maybe.
    attendance: int


AnswerHandler = Callable[[ClassicAnswer], bool]
_answer_handlers: list[AnswerHandler] = []


def takes_classic_answers(handler: AnswerHandler) -> AnswerHandler:
    """Connect what keeps answers. It tells whether it knows the invitation."""
    _answer_handlers.append(handler)
    return handler


def hand_over_classic_answer(answer: ClassicAnswer) -> bool:
    """Give an answer to whoever keeps them, and tell whether it belongs to an invitation of ours."""
    return any(handler(answer) for handler in _answer_handlers)


@dataclass(frozen=True, slots=True)
class ClassicProfile:
    """What older nodes are told of the member."""

    full_name: str
    position: str
    description: str
    location: str
    updated_at: datetime | None
    status: str
    # A JPEG of our own making, and what names it; both empty without one.
    picture: bytes = b""
    picture_mark: str = ""


@dataclass(frozen=True, slots=True)
class ClassicTold:
    """What a person's older node tells of them. Nobody proved any of it."""

    full_name: str = ""
    position: str = ""
    description: str = ""
    location: str = ""
    updated_at: datetime | None = None
    # As the protocol spells it; empty where their node does not say.
    status: str = ""
    # As it was fetched, in whatever format; None where it could not be.
    picture: bytes | None = None


ToldHandler = Callable[[KnownPerson, ClassicTold], None]
_told_handlers: list[ToldHandler] = []


def takes_classic_told(handler: ToldHandler) -> ToldHandler:
    """Connect what keeps the profiles of classic people."""
    _told_handlers.append(handler)
    return handler


def hand_over_classic_told(person: KnownPerson, told: ClassicTold) -> None:
    """Give what a node told to whoever keeps it."""
    for handler in _told_handlers:
        handler(person, told)


ProfileTeller = Callable[[], ClassicProfile]
_tellers: list[ProfileTeller] = []


def tells_classic_profile(teller: ProfileTeller) -> ProfileTeller:
    """Connect what knows the member's profile."""
    _tellers.append(teller)
    return teller


def classic_profile() -> ClassicProfile | None:
    """Return the member's profile for older nodes, or None when no room above knows it."""
    return _tellers[0]() if _tellers else None


class ClassicShelf:
    """Where the words and files of classic messages stand, each under the id of its letter."""

    def text_of(self, payload_id: bytes) -> str | None:
        """Return the words under an id, or a file as the base64 text that travels; None when neither is here."""
        raise NotImplementedError

    def remove(self, payload_id: bytes) -> None:
        """Remove them, in the caller's transaction."""
        raise NotImplementedError

    def file_of(self, payload_id: bytes) -> ClassicFile | None:
        """Return a file of ours or theirs, or None."""
        raise NotImplementedError

    def keep(self, file: ClassicFile) -> Any:
        """Store the bytes of a file that arrived, ahead of its message. Raises `ClassicError`."""
        raise NotImplementedError

    def drop(self, kept: Any) -> None:
        """Throw away bytes that no message followed."""
        raise NotImplementedError


_shelves: list[ClassicShelf] = []


def keeps_classic_words(shelf: ClassicShelf) -> None:
    """Connect where words stand."""
    _shelves.append(shelf)


def classic_shelf() -> ClassicShelf:
    """Return where words stand. A node always has one."""
    return _shelves[0]
