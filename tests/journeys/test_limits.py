"""The limits below Django, at the doors that strangers reach; with shorter times and fewer connections than in use."""

import contextlib
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.journeys.processes import ROOT, LoginServer, Node, free_port

SECONDS, MOST, LARGE, SLACK = 2, 5, 2, 4.0
MEGABYTE = 1024 * 1024
HUNDRED_MB = 100 * MEGABYTE
SHORTER = f"""
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
os.environ["DJANGO_SETTINGS_MODULE"] = "peernet.settings"
from peernet.server import deadlines, limits
deadlines.REQUEST_SECONDS, limits.CONNECTIONS_PER_ADDRESS = {SECONDS}, {MOST}
limits.LARGE_AT_ONCE = {LARGE}
from peernet.command_line import run
run(["manage.py", sys.argv[1]])
"""


class Door:
    """A door that strangers reach, and the process behind it."""

    def __init__(self, process, port: int, path: str, *, tls: bool = True) -> None:
        self.process, self.port, self.path, self.tls = process, port, path, tls
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def call(self) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return self.context.wrap_socket(plain) if self.tls else plain

    def head(self, *more: str) -> bytes:
        lines = [f"POST {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *more, "", ""]
        return "\r\n".join(lines).encode()

    def answers(self) -> bool:
        """The next stranger is served."""
        with self.call() as other:
            other.sendall(self.head("Content-Length: 0", "Connection: close"))
            return status(other) in (400, 404, 405, 415)

    @property
    def megabytes(self) -> float:
        """What the process holds in memory."""
        kept = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(kept.group(1)) / 1024


def status(connection: socket.socket) -> int:
    answer = b""
    while b"\r\n" not in answer:
        got = connection.recv(4096)
        if not got:
            return 0
        answer += got
    return int(answer.split()[1])


def seconds_until_cut(connection: socket.socket, drip: bytes = b"") -> float:
    """Send a drip now and then, until the other side hangs up."""
    began = time.monotonic()
    connection.settimeout(0.2)
    while time.monotonic() - began < SECONDS + SLACK:
        try:
            if not connection.recv(1):
                break
        except TimeoutError:
            try:
                connection.sendall(drip)
            except OSError:
                break
        except OSError:
            break
    return time.monotonic() - began


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A login server and a node, each with the shorter limits."""
    folder = tmp_path_factory.mktemp("limits")
    server = LoginServer(folder / "server")
    classic = {
        "PEERNET_CLASSIC": "on",
        "PEERNET_CLASSIC_INTERFACE": "127.0.0.1",
        "PEERNET_CLASSIC_PORT": str(free_port()),
    }
    node = Node(folder / "node", server, type("Nobody", (), {"server_key": bytes(32).hex()})(), more=classic)
    with contextlib.ExitStack() as ending:
        for each in (server, node):
            log = ending.enter_context(each.log.open("ab"))
            each.process = subprocess.Popen(
                [sys.executable, "-c", SHORTER, each.command], cwd=ROOT, env=each.environment, stdout=log, stderr=log
            )
            ending.callback(each.kill)
            end = time.monotonic() + 30
            while not each.answers():
                assert time.monotonic() < end, each.log.read_text()
                time.sleep(0.05)
        yield server, node


@pytest.fixture(params=["login server", "peers"])
def door(running, request):
    server, node = running
    if request.param == "peers":
        return Door(node.process, node.peers_port, "/peernet/1/bundles")
    return Door(server.process, server.nodes_port, "/api/v1/sign-in")


def in_time(seconds: float) -> bool:
    return SECONDS - 0.5 <= seconds < SECONDS + SLACK - 0.5


def test_whoever_connects_and_says_nothing_is_cut(door):
    with socket.create_connection(("127.0.0.1", door.port)) as silent:
        assert in_time(seconds_until_cut(silent))
    assert door.answers()


def test_a_head_that_trickles_is_cut_whatever_is_still_coming(door):
    with door.call() as slow:
        slow.sendall(door.head()[:-2])
        assert in_time(seconds_until_cut(slow, b"X-A: b\r\n"))
    assert door.answers()


def test_a_body_that_trickles_is_cut(door):
    with door.call() as slow:
        slow.sendall(door.head("Content-Length: 1000"))
        assert in_time(seconds_until_cut(slow, b"x"))
    assert door.answers()


def test_a_second_head_on_a_kept_connection_may_not_trickle_either(door):
    with door.call() as slow:
        slow.sendall(door.head("Content-Length: 0"))
        assert status(slow) in (400, 415)
        time.sleep(SECONDS + 0.5)
        slow.sendall(door.head()[:-2])
        assert in_time(seconds_until_cut(slow, b"X-A: b\r\n"))


def test_a_kept_connection_may_rest_longer_than_a_request_may_take(door):
    with door.call() as resting:
        for _ in range(2):
            resting.sendall(door.head("Content-Length: 0"))
            assert status(resting) in (400, 415)
            while resting.pending():
                resting.recv(4096)
            time.sleep(SECONDS + 1)


def test_one_address_gets_so_many_connections_and_more_when_some_end(door):
    with contextlib.ExitStack() as ending:
        held = [ending.enter_context(door.call()) for _ in range(MOST)]
        with pytest.raises(OSError):  # noqa: PT011
            door.call()
        held[0].close()
        end = time.monotonic() + 5
        while True:
            with contextlib.suppress(OSError, AssertionError):
                assert door.answers()
                break
            assert time.monotonic() < end
            time.sleep(0.1)


def test_an_office_behind_one_address_keeps_its_connections_and_a_stranger_is_served_as_well(running):
    server, _ = running
    account = server.open_account("alice")
    said = {"name": "alice", "password": account.password, "code": account.fresh_code()}
    _, signed_in = server.call("POST", "/api/v1/sign-in", said)
    door = Door(server.process, server.nodes_port, "/api/v1/sign-in")
    with contextlib.ExitStack() as ending:
        for token in (signed_in["token"],) * (2 * MOST):
            member = ending.enter_context(door.call())
            member.sendall(request_for_changes(door, token))
            assert status(member) == 200
        assert door.answers()
        # A token that is none opens no second row of places.
        for _ in range(MOST):
            stranger = ending.enter_context(door.call())
            stranger.sendall(request_for_changes(door, "a" * 43))
            assert status(stranger) == 401
        with pytest.raises(OSError):  # noqa: PT011
            door.call()


def request_for_changes(door: Door, token: str) -> bytes:
    lines = ["GET /api/v1/changes?since=0 HTTP/1.1", f"Host: 127.0.0.1:{door.port}", f"Authorization: Bearer {token}"]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_process_takes_as_many_descriptors_as_the_system_gives(door):
    limits = Path(f"/proc/{door.process.pid}/limits").read_text()
    taken, most = re.search(r"Max open files\s+(\d+)\s+(\d+)", limits).groups()
    assert taken == most


def test_a_hundred_megabytes_are_refused_and_never_held(door):
    before = door.megabytes
    with door.call() as long:
        long.settimeout(60)
        long.sendall(door.head(f"Content-Length: {HUNDRED_MB}", "Content-Type: application/json"))
        send_hundred_megabytes(long, bytes(MEGABYTE))
        assert status(long) in (413, 0)
    assert door.megabytes - before < 30
    assert door.answers()


@pytest.fixture(params=["chunks", "classic files"])
def files_door(running, request):
    """A door that takes bodies beyond its usual limit, and what it answers when too many of them come at once."""
    _, node = running
    if request.param == "chunks":
        return Door(node.process, node.peers_port, f"/peernet/1/transfers/{'0' * 64}/0"), b" 413 "
    return Door(node.process, int(node.more["PEERNET_CLASSIC_PORT"]), "/receiveFile", tls=False), b"\r\n11\r\n"


def answer_of(connection: socket.socket) -> bytes:
    """Return the whole answer; the other side hangs up after it."""
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    return answer


def test_few_large_bodies_are_held_at_once_and_others_when_these_are_gone(files_door):
    door, too_many = files_door
    head = door.head(f"Content-Length: {3 * MEGABYTE}", "Content-Type: application/octet-stream", "Connection: close")
    with contextlib.ExitStack() as ending:
        for _ in range(LARGE):
            ending.enter_context(door.call()).sendall(head + bytes(3 * MEGABYTE - 1))
        time.sleep(0.3)
        with door.call() as one_more:
            one_more.sendall(head + bytes(3 * MEGABYTE))
            assert too_many in answer_of(one_more)
    end = time.monotonic() + 5
    answer = too_many
    while too_many in answer and time.monotonic() < end:
        with door.call() as later:
            later.sendall(head + bytes(3 * MEGABYTE))
            answer = answer_of(later)
    assert too_many not in answer
    assert b"HTTP/1.1 " in answer


def test_a_length_that_is_only_said_takes_no_memory(files_door):
    door, _ = files_door
    before = door.megabytes
    with contextlib.ExitStack() as ending:
        for _ in range(MOST):
            said = "Content-Length: 15000000" if not door.tls else f"Content-Length: {4 * MEGABYTE}"
            ending.enter_context(door.call()).sendall(door.head(said) + b"x")
        time.sleep(0.3)
        assert door.megabytes - before < 10
    end = time.monotonic() + 5
    while time.monotonic() < end:
        with contextlib.suppress(OSError), door.call() as later:
            later.sendall(door.head("Content-Length: 0", "Connection: close"))
            if answer_of(later):
                return
    raise AssertionError("it answers no more")


def test_a_body_without_a_length_is_counted_as_it_comes(door):
    before = door.megabytes
    with door.call() as long:
        long.settimeout(60)
        long.sendall(door.head("Transfer-Encoding: chunked", "Content-Type: application/json"))
        send_hundred_megabytes(long, b"100000\r\n" + bytes(MEGABYTE) + b"\r\n")
        with contextlib.suppress(OSError):
            long.sendall(b"0\r\n\r\n")
        assert status(long) in (413, 0)
    assert door.megabytes - before < 30
    assert door.answers()


def send_hundred_megabytes(connection, piece):
    """Send as much as is taken: the deadline may end it, which is a refusal too."""
    with contextlib.suppress(OSError):
        for _ in range(100):
            connection.sendall(piece)


def test_a_short_body_without_a_length_is_read(door):
    with door.call() as short:
        short.sendall(door.head("Transfer-Encoding: chunked", "Content-Type: text/plain") + b"2\r\n{}\r\n0\r\n\r\n")
        assert status(short) == 415


def test_nothing_of_a_body_touches_the_disk(door):
    with door.call() as long:
        long.sendall(door.head("Content-Length: 50000") + bytes(40_000))
        time.sleep(0.3)
        files = [os.readlink(each) for each in Path(f"/proc/{door.process.pid}/fd").iterdir()]
    # A temporary file without a name shows as deleted.
    assert not [each for each in files if "(deleted)" in each]


def test_pages_that_were_closed_do_not_count(running):
    _, node = running
    for _ in range(2 * MOST):
        with pytest.raises(InvalidStatus):
            connect(f"ws://127.0.0.1:{node.user_port}/ws", origin=node.address, proxy=None)
    assert node.answers()


def test_who_crowds_one_door_does_not_close_another(running):
    _, node = running
    peers = Door(node.process, node.peers_port, "/peernet/1/bundles")
    with contextlib.ExitStack() as ending:
        for _ in range(MOST):
            ending.enter_context(peers.call())
        with pytest.raises(OSError):  # noqa: PT011
            peers.call()
        assert node.answers()
