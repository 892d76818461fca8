"""Django without middleware, for the doors that programs call."""

import asyncio
import io
from functools import lru_cache
from typing import IO, Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response, response_for_exception
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve, set_urlconf
from django.utils.log import log_response

from peernet.server.doors import door_of
from peernet.server.whole import in_memory

# Addresses whose view is remembered: those without an id in them come again and again.
REMEMBERED, LONGEST = 1024, 64


class CallHandler(ASGIHandler):
    """Answers a door's calls by its own addresses. Every middleware would cost two changes of thread a call."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_response_async)

    async def read_body(self, body_receive: Any) -> IO[bytes]:
        """Return the body, in memory whatever its size: Django would write a larger one to the disk in the clear."""
        return await in_memory(body_receive)

    async def get_response_async(self, request: HttpRequest) -> HttpResponse:
        """Return the answer of a view, or the one to its error. A view on the loop is called straight away."""
        door = door_of(request.scope)  # type: ignore[attr-defined]
        if door:
            request.urlconf = door.urlconf  # type: ignore[attr-defined]
        if not stays_on_the_loop(request.scope):  # type: ignore[attr-defined]
            return await super().get_response_async(request)
        try:
            request.resolver_match = found = _find(request.path_info, _urlconf_of(request))
            response = await found.func(request, *found.args, **found.kwargs)
        except Exception as err:
            response = await sync_to_async(_answer_to, thread_sensitive=False)(request, err)
        if response.status_code >= 400:
            log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        return response


class Call:
    """A call whose view never leaves the loop, right between Daphne and Django.

    To Daphne it is the queue that an application reads. There is none, and no task that waits at it, since thousands of
    nodes call at once and keep their calls open.
    """

    def __init__(self, handler: CallHandler, scope: dict[str, Any], send: Any) -> None:
        self._handler, self._scope, self._send = handler, scope, send
        self._body, self._is_answered = io.BytesIO(), False
        # It begins with the loop's next turn, when the body is here.
        self.answering = asyncio.ensure_future(self._answer())

    def put_nowait(self, message: dict[str, Any]) -> None:
        """Take the body, or the word that whoever called hung up: they are waited for no longer."""
        if message["type"] == "http.request":
            self._body.write(message["body"])
        elif not self._is_answered:
            self.answering.cancel()

    async def _answer(self) -> None:
        self._body.seek(0)
        try:
            with self._body:
                request, refusal = self._handler.create_request(self._scope, self._body)
                response = refusal if request is None else await self._handler.get_response_async(request)
            self._is_answered = True
            await self._handler.send_response(response, self._send)
        finally:
            # Daphne's request holds this, and would be held by it: the two would be garbage that must be searched for.
            del self._handler, self._scope, self._send


def _answer_to(request: HttpRequest, err: Exception) -> HttpResponse:
    """Return what Django answers when a view failed so, by the door's own handlers."""
    set_urlconf(_urlconf_of(request))
    return response_for_exception(request, err)


def _urlconf_of(request: HttpRequest) -> str:
    return getattr(request, "urlconf", settings.ROOT_URLCONF)


def stays_on_the_loop(scope: dict[str, Any]) -> bool:
    """Tell whether the view of a call is asynchronous."""
    door = door_of(scope)
    try:
        return iscoroutinefunction(_find(scope["path"], door.urlconf if door else settings.ROOT_URLCONF).func)
    except Http404:
        return False


def _find(path: str, urlconf: str) -> ResolverMatch:
    """Return the view of an address. Raises `Http404`."""
    return (_remember if len(path) <= LONGEST else resolve)(path, urlconf)


_remember = lru_cache(REMEMBERED)(resolve)
