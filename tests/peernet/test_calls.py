"""Calls between Daphne and Django: no queue, no task at it, and no thread."""

import asyncio
import threading

import pytest
from asgiref.testing import ApplicationCommunicator

from peernet.server import calls
from peernet.server.calls import Call, CallHandler, stays_on_the_loop
from peernet.server.doors import Door
from tests.peernet import pages


def scope_of(path: str, method: str = "GET") -> dict:
    return {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}


class Caller:
    """A program that calls, as Daphne would bring its words."""

    def __init__(self, path: str, body: bytes = b"", method: str = "GET") -> None:
        self.messages: list[dict] = []
        self.call = Call(CallHandler(), scope_of(path, method), self.send)
        self.call.put_nowait({"type": "http.request", "body": body, "more_body": False})

    async def send(self, message: dict) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.body" and not message["more_body"]:
            # Daphne says so of an answered call too.
            self.hang_up()

    def hang_up(self) -> None:
        self.call.put_nowait({"type": "http.disconnect"})

    async def answer(self) -> tuple[int, bytes]:
        await asyncio.wait_for(self.call.answering, 5)
        return self.messages[0]["status"], b"".join(message.get("body", b"") for message in self.messages)


@pytest.fixture(autouse=True)
def own_calls(settings):
    settings.ROOT_URLCONF = "tests.peernet.pages"


async def test_a_call_is_answered_with_what_its_view_makes_of_its_body():
    assert await Caller("/echo", b"a body", "POST").answer() == (200, b"a body")


async def test_no_thread_is_started_for_a_call():
    before = threading.active_count()
    for _ in range(5):
        await Caller("/echo").answer()
    assert threading.active_count() == before


async def test_whoever_hangs_up_is_waited_for_no_longer():
    caller = Caller("/held")
    pages.left.clear()
    await asyncio.sleep(0.05)
    caller.hang_up()
    with pytest.raises(asyncio.CancelledError):
        await caller.answer()
    assert pages.left == [True]
    assert not caller.messages


async def test_a_view_that_fails_is_answered_with_an_error_of_ours():
    assert (await Caller("/failing").answer())[0] == 500


async def test_an_address_that_is_none_is_answered_in_the_words_of_its_door(monkeypatch):
    door = Door("peers'", "127.0.0.1", 1, "peernet.urls_peers", calls_only=True)
    monkeypatch.setattr(calls, "door_of", lambda scope: door)
    caller = ApplicationCommunicator(CallHandler(), scope_of("/nowhere"))
    await caller.send_input({"type": "http.request", "body": b"", "more_body": False})
    assert (await caller.receive_output(5))["status"] == 404
    assert (await caller.receive_output(5))["body"] == b"nothing"


def test_what_has_a_thread_of_its_own_is_not_answered_on_the_loop():
    found = {path: stays_on_the_loop(scope_of(path)) for path in ("/echo", "/thread", "/nowhere", "/" + "x" * 100)}
    assert found == {"/echo": True, "/thread": False, "/nowhere": False, "/" + "x" * 100: False}
