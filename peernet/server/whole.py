"""Chunks at the user's door: the whole of a request, all middleware included, in one go in one thread.

Django's own way gives each request a thread and a connection to the database, and changes threads at each middleware:
for a page that is nothing, for every few megabytes of a large file it is most of the work.
"""

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse

from peers import database

# Not those that store words: a disk that is slow to sync must not hold them up.
_threads = ThreadPoolExecutor(2, thread_name_prefix="uploads")


async def in_memory(receive: Callable[[], Any]) -> io.BytesIO:
    """Return a request's body, never in a temporary file; the door limits it. Raises `RequestAborted`."""
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect":
            raise RequestAborted
        more = message.get("more_body", False)
    return io.BytesIO(parts[0] if len(parts) == 1 else b"".join(parts))


class WholeHandler(ASGIHandler):
    """Answers requests whose middleware and views are synchronous and whose answers are short."""

    def __init__(self) -> None:
        super().__init__()
        self._chain = BaseHandler()
        self._chain.load_middleware()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            body = await in_memory(receive)
        except RequestAborted:
            return
        with body:
            request, refusal = self.create_request(scope, body)
            response = refusal if request is None else await self._answer(request)
        await self.send_response(response, send)

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_threads, database.kept, self._chain.get_response, request)
