"""Django without middleware, for the doors that programs call."""

import asyncio
from typing import IO, Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve

from peernet.server.doors import door_of
from peernet.server.whole import in_memory


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

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a call. One whose view never leaves the loop needs no thread of its own, which Django would start."""
        if _stays_on_the_loop(scope):
            await self._answer(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def get_response_async(self, request: HttpRequest) -> HttpResponse:
        door = door_of(request.scope)  # type: ignore[attr-defined]
        if door:
            request.urlconf = door.urlconf  # type: ignore[attr-defined]
        return await super().get_response_async(request)

    async def _answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            request, refusal = self.create_request(scope, body)
            answering = asyncio.create_task(self._send(request, refusal, send))
            leaving = asyncio.create_task(receive())
            # Whoever hangs up is waited for no longer.
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            if not answering.done():
                answering.cancel()
            try:
                await answering
            except asyncio.CancelledError:
                return

    async def _send(self, request: HttpRequest | None, refusal: HttpResponse | None, send: Any) -> None:
        response = refusal if request is None else await self.run_get_response(request)
        await self.send_response(response, send)


def _stays_on_the_loop(scope: dict[str, Any]) -> bool:
    door = door_of(scope)
    try:
        return iscoroutinefunction(resolve(scope["path"], door.urlconf if door else None).func)
    except Http404:
        return False
