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
    body_limit: int = 2 * 1024 * 1024


OPEN: dict[int, Door] = {}


class DoorMiddleware:
    """Picks the addresses by the port the request came in at."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any | Awaitable[Any]:
        server = (getattr(request, "scope", None) or {}).get("server") or (None, None)
        if door := OPEN.get(server[1]):
            request.urlconf = door.urlconf  # type: ignore[attr-defined]
        return self.get_response(request)
