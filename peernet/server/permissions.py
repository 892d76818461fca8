"""What a page may ask of the machine that it is shown on: the microphone for voice notes, the camera for codes."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

REFUSED = ("display-capture", "geolocation", "midi", "payment", "serial", "usb", "hid", "bluetooth")
POLICY = ", ".join(["microphone=(self)", "camera=(self)", *(f"{each}=()" for each in REFUSED)])


def _with_policy(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Permissions-Policy"] = POLICY
    return response


@sync_and_async_middleware
def permissions(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any | Awaitable[Any]]:
    """Say so with every page."""
    if iscoroutinefunction(get_response):

        async def answering(request: HttpRequest) -> HttpResponseBase:
            return _with_policy(await get_response(request))

        return answering

    return lambda request: _with_policy(get_response(request))
