"""WebSockets: on a door that has them, and from a page of that very door."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from peernet.server.doors import door_of


def is_own_page(scope: dict[str, Any]) -> bool:
    """Whether the Origin is this door's own: a cookie is sent to every port of a host, so the port must agree too."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1").lower()
    try:
        origin = urlsplit(headers.get(b"origin", b"").decode("latin-1").lower())
    except ValueError:
        return False
    domain, _ = split_domain_port(host)
    is_ours = bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
    return is_ours and origin.scheme in ("http", "https") and origin.netloc == host


class Sockets:
    """Lets a handshake through to the application, or closes it with 403."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        door = door_of(scope)
        if (door is None or door.sockets) and is_own_page(scope):
            await self.application(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4403})
