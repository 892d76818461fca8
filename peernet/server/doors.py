"""Doors: which port shows which addresses."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest


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


OPEN: dict[int, Door] = {}


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
