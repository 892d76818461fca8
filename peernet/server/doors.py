"""Doors: which port shows which addresses."""

import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest

from peers.classic.codes import Code, LoginCode, LoginError, write_code
from peers.protocol.chunk import RUN, SEALED

# Calls carry keys, cards and codes; no file and no message.
LARGEST_CALL = 64 * 1024
# The classic calls carry names and one public key.
LARGEST_FORM = 16 * 1024
# The longest words, each character written as JSON's six or encrypted to two digits, and the rest of the body.
LARGEST_CLASSIC = 512 * 1024
# A file of 5 MiB in base64, which may be encrypted to two digits each, with line breaks, and the rest of the body.
LARGEST_CLASSIC_FILE = 15 * 1024 * 1024
LOGIN_ANSWERS = (LoginError(LoginCode.INVALID_VALUE).reply, LoginError(LoginCode.LIMIT_REACHED).reply)
CLASSIC_FILES = {f"/{name}".encode(): LARGEST_CLASSIC_FILE for name in ("receiveFile", "recieveFile")}
# Neighbouring chunks of a file, from a browser and from a node.
UPLOADS = re.compile(rb"/files/[0-9a-f-]{36}/chunks/[0-9]{1,7}")
TRANSFERS = re.compile(rb"/peernet/1/transfers/[0-9a-f]{64}/[0-9]{1,7}")
LARGEST_RUN = RUN * SEALED


@dataclass(frozen=True)
class Door:
    name: str
    interface: str
    port: int
    urlconf: str
    tls: bool = False
    # Calls of programs: no session, no cookie, no page, and so none of the middleware that serves those.
    calls_only: bool = False
    sockets: bool = False
    body_limit: int = 2 * 1024 * 1024
    # What is answered, with status 200, to a body that is too long; a plain 413 when empty.
    too_long_answer: str = ""
    # Paths with a larger limit. Memory is short, so few bodies beyond the door's own limit are taken in at once.
    larger: Mapping[bytes, int] = field(default_factory=dict)
    too_many_answer: str = ""
    files: re.Pattern[bytes] | None = None

    def limits(self, path: bytes) -> tuple[int, int]:
        """Return how long a body to this path may be, and beyond which length it is one of few at once."""
        if self.files is None or not self.files.fullmatch(path):
            return self.larger.get(path, self.body_limit), self.body_limit
        # From another node, which then sends chunk by chunk. A browser's are its member's own.
        return LARGEST_RUN, self.body_limit if self.calls_only else LARGEST_RUN

    def is_free(self) -> bool:
        """Tell whether no program has the port."""
        family = socket.AF_INET6 if ":" in self.interface else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.interface, self.port))
            except OSError:
                return False
        return True


OPEN: dict[int, Door] = {}


def node_doors() -> list[Door]:
    """Return a node's doors: the one for its member's browser, and the one for other nodes."""
    pages, calls = settings.PEERNET_USER_INTERFACE, settings.PEERNET_PEERS_INTERFACE
    return [
        Door("user's", pages, settings.PEERNET_USER_PORT, "peernet.urls_node", sockets=True, files=UPLOADS),
        Door(
            "peers'", calls, settings.PEERNET_PEERS_PORT, "peernet.urls_peers", True, calls_only=True, files=TRANSFERS
        ),
        *_classic("peernet.urls_classic_node", LARGEST_CLASSIC, _node_answers(), CLASSIC_FILES),
    ]


def login_server_doors() -> list[Door]:
    """Return a login server's doors: the admin's pages, and the calls of nodes."""
    admin, nodes, api = settings.PEERNET_ADMIN_PORT, settings.PEERNET_NODES_PORT, "peernet.urls_login_api"
    calls = Door("nodes", settings.PEERNET_NODES_INTERFACE, nodes, api, True, calls_only=True, body_limit=LARGEST_CALL)
    return [
        Door("admin", "127.0.0.1", admin, "peernet.urls_login_server"),
        calls,
        *_classic("peernet.urls_classic_login", LARGEST_FORM, LOGIN_ANSWERS),
    ]


def _node_answers() -> tuple[str, str]:
    """What a node says to a body that is too long, and to one too many."""
    too_long, too_many = (
        write_code(code, with_text=settings.PEERNET_CLASSIC_SUCCESS_TEXT) for code in (Code.TOO_LARGE, Code.REFUSED)
    )
    return too_long, too_many


def _classic(
    urlconf: str, body_limit: int, answers: tuple[str, str], larger: Mapping[bytes, int] | None = None
) -> list[Door]:
    """The door for programs of the classic network, in plain HTTP, if it is switched on."""
    if not settings.PEERNET_CLASSIC:
        return []
    where = settings.PEERNET_CLASSIC_INTERFACE, settings.PEERNET_CLASSIC_PORT
    door = Door(
        "classic",
        *where,
        urlconf,
        calls_only=True,
        body_limit=body_limit,
        too_long_answer=answers[0],
        larger=larger or {},
        too_many_answer=answers[1],
    )
    return [door]


def door_of(scope: dict[str, Any]) -> Door | None:
    """The door that a request came in at; None under another server, which has one door only."""
    return OPEN.get((scope.get("server") or (None, None))[1])


class DoorMiddleware:
    """Picks the addresses by the port the request came in at."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any | Awaitable[Any]:
        if door := door_of(getattr(request, "scope", None) or {}):
            request.urlconf = door.urlconf  # type: ignore[attr-defined]
        return self.get_response(request)
