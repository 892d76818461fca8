"""The ASGI application: pages, calls and sockets, by door."""

import os
from typing import Any

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peernet.settings")
django.setup(set_prefix=False)

# After the line above, which loads the apps that these need.
from channels.routing import URLRouter  # noqa: E402
from channels.sessions import CookieMiddleware, SessionMiddleware  # noqa: E402

from peernet.server.calls import CallHandler  # noqa: E402
from peernet.server.doors import door_of  # noqa: E402
from peernet.server.sockets import Sockets  # noqa: E402
from peernet.server.whole import WholeHandler  # noqa: E402

calls, pages = CallHandler(), WholeHandler()


def _sockets() -> Any:
    if settings.PEERNET_ROLE != "node":
        return Sockets(URLRouter([]))
    from messaging.routing import websocket_urlpatterns

    return Sockets(CookieMiddleware(SessionMiddleware(URLRouter(websocket_urlpatterns))))


sockets = _sockets()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Hand a connection to what its door is for."""
    door = door_of(scope)
    if scope["type"] == "websocket":
        await sockets(scope, receive, send)
    elif door and door.calls_only:
        await calls(scope, receive, send)
    else:
        await pages(scope, receive, send)
