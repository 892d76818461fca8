"""Pages that say more than is stored, or take nothing of what they are told: on a node that stores slowly."""

import contextlib
import re
import socket
import threading
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.journeys.processes import Page

# As long as words may be, nearly: few of them fill what the system holds for a connection.
LONG, MANY = 32_000, 400
# What the system may hold of them: 6 MiB at the reader's side, and a little at the writer's.
IN_THE_SYSTEM = 7 * 1024 * 1024
SLOW = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "peernet.settings"
import django
django.setup()
from messaging import composer
from peernet.server import lines
lines.PATIENCE = 2.0
send = composer.send_messages
composer.MOST = 8
composer.send_messages = lambda batch: (time.sleep(0.04), send(batch))[1]
from peernet.command_line import run
run(["manage.py", sys.argv[1]])
"""


@pytest.fixture(scope="module")
def slow(acquainted):
    """Alice's node; nobody else is there."""
    made = acquainted.again()
    made.alice.program = ("-c", SLOW)
    try:
        made.alice.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def tab(slow):
    """Open tabs of Alice's browser, on the conversation with Bob."""
    with contextlib.ExitStack() as ending:

        def opened(**how) -> Page:
            page = slow.alices.socket(close_timeout=0.1, **how)
            ending.callback(page.close)
            page.open(slow.bob_id)
            return page

        yield opened


def words(number: int) -> str:
    return f"{number:05d} ".ljust(LONG, "x")


def say_all(page: Page, person: str, numbers: range, said: threading.Event) -> threading.Thread:
    def work():
        with contextlib.suppress(ConnectionClosed, OSError):
            for number in numbers:
                page.send(person, words(number))
        said.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def narrow(port: int) -> socket.socket:
    """Return a connection of which the system holds little before it is sent."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32_768)
    made.connect(("127.0.0.1", port))
    return made


def numbers_heard(page: Page, until) -> list[int]:
    """Return the numbers of the words that are shown, in their order, up to some."""
    heard = []
    while not until(heard):
        html = page.hear(lambda frame: frame["type"] == "message", 30)["html"]
        heard += [int(found) for found in re.findall(r"(\d{5}) x{9}", html)]
    return heard


def test_a_page_that_speaks_faster_than_is_stored_is_held_back_and_others_go_on(slow, tab):
    page, other, said = tab(sock=narrow(slow.alice.user_port)), tab(), threading.Event()
    say_all(page, slow.bob_id, range(MANY), said)
    stored = numbers_heard(page, lambda heard: len(heard) >= 20)
    other.send(slow.bob_id, "in between")
    other.hear_words("in between", 30)
    assert not said.is_set()
    stored += numbers_heard(page, lambda heard: said.is_set())
    # All that was said is stored, under way, or held by the system: the node holds no more of it.
    assert len(stored) > MANY - (IN_THE_SYSTEM + 2 * 1024 * 1024) // LONG
    stored += numbers_heard(page, lambda heard: heard and heard[-1] == MANY - 1)
    assert stored == list(range(MANY))


def test_the_end_of_a_page_that_is_held_is_noticed(slow, tab):
    page, said = tab(), threading.Event()
    say_all(page, slow.bob_id, range(200), said)
    numbers_heard(page, lambda heard: len(heard) >= 5)
    port = page.socket.socket.getsockname()[1]
    page.socket.socket.shutdown(socket.SHUT_RDWR)
    wait_for(lambda: not is_connected(slow.alice.user_port, port))


def test_a_page_that_takes_nothing_is_cut_and_finds_all_when_it_comes_again(slow, tab):
    deaf, other = tab(max_queue=1), tab()
    for number in range(MANY):
        other.send(slow.bob_id, words(number))
        if number % 20 == 0:
            other.hear_words(words(number)[:6], 30)
    port = deaf.socket.socket.getsockname()[1]
    wait_for(lambda: not is_connected(slow.alice.user_port, port))
    with pytest.raises(ConnectionClosed):
        deaf.hear(lambda frame: False)
    again = tab()
    other.send(slow.bob_id, "the last words")
    again.hear_words("the last words", 30)


def is_connected(ours: int, theirs: int) -> bool:
    """Tell whether the node still holds its end of a connection."""
    ends = f":{ours:04X} 0100007F:{theirs:04X}"
    return any(ends in line for line in Path("/proc/net/tcp").read_text().splitlines() if " 06 " not in line)


def wait_for(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
