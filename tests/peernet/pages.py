"""Pages of a node that shows how it answers."""

import asyncio
import threading
from collections.abc import AsyncIterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

closed: list[bool] = []


def thread(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{threading.current_thread().name} {threading.get_ident()}")


async def _endless() -> AsyncIterator[bytes]:
    try:
        while True:
            yield b"more"
            await asyncio.sleep(0.01)
    finally:
        closed.append(True)


def film(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_endless())


urlpatterns = [path("thread", thread), path("film", film)]
