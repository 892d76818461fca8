"""Pages of a node that shows how it answers."""

import asyncio
import threading
from collections.abc import AsyncIterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

closed: list[bool] = []
left: list[bool] = []


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


async def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body)


async def held(request: HttpRequest) -> HttpResponse:
    try:
        await asyncio.Event().wait()
    finally:
        left.append(True)
    return HttpResponse("never")


async def failing(request: HttpRequest) -> HttpResponse:
    raise ValueError("a fault of ours")


urlpatterns = [
    path("thread", thread),
    path("film", film),
    path("echo", csrf_exempt(echo)),
    path("held", held),
    path("failing", failing),
]
