"""Django without middleware, for the doors that programs call."""

from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse

from peernet.server.doors import door_of


class CallHandler(ASGIHandler):
    """Answers a door's calls by its own addresses. Every middleware would cost two changes of thread a call."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_response_async)

    async def get_response_async(self, request: HttpRequest) -> HttpResponse:
        door = door_of(request.scope)  # type: ignore[attr-defined]
        if door:
            request.urlconf = door.urlconf  # type: ignore[attr-defined]
        return await super().get_response_async(request)
