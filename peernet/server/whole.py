"""Pages and chunks: the whole of a request, all middleware included, in one go in one thread.

Django's own way gives each request a thread and a connection to the database, whose key is then prepared anew, and
changes threads at each middleware: that is more work than most pages are.
"""

import asyncio
import contextlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.urls import set_script_prefix

from peernet.server.doors import UPLOADS
from peers import database

# Neither among those that store words: a disk that is slow to sync must not hold them up.
_uploads = ThreadPoolExecutor(2, thread_name_prefix="uploads")
# More than a browser opens at once to one host: a page that asks the login server must not hold up the others.
_pages = ThreadPoolExecutor(12, thread_name_prefix="pages")


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
    """Answers requests whose middleware and views are synchronous."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            body = await in_memory(receive)
        except RequestAborted:
            return
        with body:
            request, refusal = self.create_request(scope, body)
            response = refusal if request is None else await self._answer(request)
        if response.streaming:
            await self._stream(response, receive, send)
        else:
            await self.send_response(response, send)

    async def _answer(self, request: ASGIRequest) -> HttpResponseBase:
        threads = _uploads if UPLOADS.fullmatch(request.path_info.encode()) else _pages
        return await asyncio.get_running_loop().run_in_executor(threads, database.kept, self._whole, request)

    def _whole(self, request: ASGIRequest) -> HttpResponseBase:
        """Return the answer, with all done for it that takes a thread."""
        set_script_prefix(request.script_name)
        response = self.get_response(request)
        return _read(response) if isinstance(response, FileResponse) else response

    async def _stream(self, response: HttpResponseBase, receive: Any, send: Any) -> None:
        """Send what is made on the way, until all is sent or whoever asked hangs up."""
        sending = asyncio.create_task(self.send_response(response, send))
        leaving = asyncio.create_task(receive())
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not sending.done():
                sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending


def _read(response: FileResponse) -> HttpResponse:
    """Return a short file of ours, such as a script, as a whole, so that it is read here and not on the loop.

    The response itself is not closed: with it Django would end this thread's connection to the database.
    """
    file = response.file_to_stream or io.BytesIO()
    with contextlib.closing(file):
        return HttpResponse(file.read(), status=response.status_code, headers=response.headers)
