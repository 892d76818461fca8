"""From the node to its member's browser: whole files and ranges of them, opened on the way."""

import asyncio
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from messaging.files import vault
from messaging.files.models import Attachment
from messaging.files.names import safe
from peers.protocol import chunk

RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
_threads = ThreadPoolExecutor(2, thread_name_prefix="downloads")


def answer(request: HttpRequest, attachment: Attachment, media_type: str, inline: bool) -> HttpResponseBase:
    """Return a file, or the range of it that was asked for, as a download or to be played in the page."""
    start, stop, is_range = 0, attachment.size, False
    if asked := RANGE.fullmatch(request.headers.get("Range", "")):
        is_range = True
        start, stop = _bounds(attachment.size, *asked.groups())
        if start >= stop:
            response: HttpResponseBase = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{attachment.size}"
            return guarded(response)
    body = b"" if request.method == "HEAD" else _stream(attachment, start, stop)
    response = StreamingHttpResponse(body, status=206 if is_range else 200, content_type=media_type)
    if is_range:
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{attachment.size}"
    response["Content-Length"] = str(stop - start)
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = content_disposition_header(not inline, safe(attachment.name))
    return guarded(response)


def guarded(response: HttpResponseBase) -> HttpResponseBase:
    """Let a browser do nothing with these bytes but what we say: no guess, no script, no copy kept."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    return response


def _bounds(size: int, first: str, last: str) -> tuple[int, int]:
    """Return where a range begins and ends (RFC 9110, section 14.1.2); nothing at all if it cannot be met."""
    if not first:
        return (max(0, size - int(last)), size) if last else (0, 0)
    return int(first), min(size, int(last) + 1) if last else size


async def _stream(attachment: Attachment, start: int, stop: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()

    def part(at: int) -> bytes:
        index, offset = divmod(at, chunk.CHUNK)
        return vault.get(attachment, index)[offset : offset + stop - at]

    ahead = loop.run_in_executor(_threads, part, start) if start < stop else None
    while ahead is not None:
        data = await ahead
        start += len(data)
        # The next one is opened while this one is written.
        ahead = loop.run_in_executor(_threads, part, start) if start < stop else None
        yield data
