"""`make demo`, as a visitor uses it."""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from peernet.demo.codes import code_of
from tests.journeys.processes import ROOT, Browser

READY = "Ctrl-C ends the demo"


class Demo:
    """The command, its folder and its record."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.process = folder, None
        self.seconds, self.had = 0.0, []
        self.more: dict[str, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PEERNET_", "DJANGO_"))}
        own = {"PEERNET_DEMO": str(self.folder), "PEERNET_HOME": str(self.folder / "none"), "COLUMNS": "80"}
        return kept | own | self.more

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "demo", *options]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60)

    def start(self) -> None:
        with self.log.open("w") as log:
            command = [sys.executable, "manage.py", "demo"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        end = time.monotonic() + 60
        while READY not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    def end_if_it_runs(self) -> None:
        if self.process and self.process.poll() is None:
            self.end()

    @property
    def children(self) -> list[int]:
        """The login server, Alice's node and Bob's, in the order of their start."""
        pids = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True)
        return [int(pid) for pid in pids.stdout.split()]

    @property
    def log(self) -> Path:
        return self.folder.parent / "demo.log"

    @property
    def record(self) -> dict:
        return json.loads((self.folder / "demo.json").read_text())

    def person(self, name: str) -> dict:
        return next(person for person in self.record["people"] if person["name"] == name)


class Address:
    """Where a browser goes."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.user_port = int(address.rpartition(":")[2])


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A demo that runs for the first time, and how long it took to start."""
    made = Demo(tmp_path_factory.mktemp("first") / "demo")
    began = time.monotonic()
    made.start()
    made.seconds = time.monotonic() - began
    yield made
    made.end_if_it_runs()


@pytest.fixture(scope="module")
def talk(first):
    """What Alice and Bob said to each other there."""
    return Talk(first)


@pytest.fixture(scope="module")
def ended(first, talk):
    """The same, after Ctrl-C, and which processes it had."""
    first.had = first.children
    assert first.end() == 0
    return first


@pytest.fixture
def again(ended, tmp_path):
    """A copy of it, to go on with."""
    made = Demo(tmp_path / "demo")
    shutil.copytree(ended.folder, made.folder)
    record = made.folder / "demo.json"
    record.write_text(record.read_text().replace(str(ended.folder), str(made.folder)))
    yield made
    made.end_if_it_runs()


@pytest.fixture
def fresh(tmp_path):
    """A demo that never ran."""
    made = Demo(tmp_path / "demo")
    yield made
    made.end_if_it_runs()


class Talk:
    """Alice and Bob sign in, and Alice greets him."""

    def __init__(self, demo: Demo) -> None:
        began = time.monotonic()
        self.alices, self.bobs = (sign_in(demo.person(name)) for name in ("alice", "bob"))
        self.bob_id, alice_id = self.alices.wait_for("Bob Okafor"), self.bobs.wait_for("Alice Martin")
        page, other = self.alices.socket(), self.bobs.socket()
        page.open(self.bob_id)
        other.open(alice_id)
        page.send(self.bob_id, "Hello, Bob")
        other.hear_words("Hello, Bob")
        page.hear_state("delivered")
        self.seconds = time.monotonic() - began
        page.close()
        other.close()


def sign_in(person: dict) -> Browser:
    browser = Browser(Address(person["node"]))
    browser.get("/sign-in")
    said = {"name": person["name"], "password": person["password"], "code": code_of(person["totp_secret"])}
    answer = browser.post("/sign-in", said)
    assert answer.status_code == 302, answer.text
    return browser


def test_a_visitor_talks_within_a_minute(first, talk):
    assert first.seconds + talk.seconds < 60
    assert (first.folder / "demo.json").stat().st_mode & 0o077 == 0


def test_fresh_codes_are_printed_and_nothing_is_forgotten_while_it_runs(first):
    codes = first.run("--codes")
    assert codes.returncode == 0
    assert all(person["password"] in codes.stdout for person in first.record["people"])
    refused = first.run("--reset")
    assert refused.returncode == 1
    assert "running" in refused.stderr


def test_names_passwords_and_codes_are_printed_whole_at_80_columns(first):
    shown = [first.log.read_text(), first.run("--codes").stdout]
    for text in shown:
        said = [line.split() for line in text.splitlines()]
        for person in first.record["people"]:
            where = person["node"] or first.record["login_server"]["admin"]
            for fact in (["open", where], ["name", person["name"]], ["password", person["password"]]):
                assert fact in said
        codes = [line[1] for line in said if line[:1] == ["code"]]
        assert len(codes) == len(first.record["people"])
        assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)
        assert max(len(line) for line in text.splitlines() if str(first.folder) not in line) <= 80
        assert "…" not in text
    assert str(first.folder / "demo.json") in shown[0]


def test_the_words_of_a_visitor_lie_on_no_disk_in_the_clear(ended):
    secrets = [b"Hello, Bob", *(person["password"].encode() for person in ended.record["people"])]
    for file in (ended.folder / "homes").rglob("*"):
        if file.is_file():
            assert not any(secret in file.read_bytes() for secret in secrets), file


def test_everything_can_be_forgotten_once_it_ended(again):
    assert again.run("--reset").returncode == 0
    assert not (again.folder / "demo.json").exists()
    assert not (again.folder / "homes").exists()
    assert again.run("--codes").returncode == 1


def test_a_second_run_goes_on_with_the_same_data(ended, talk):
    before = ended.person("alice")
    ended.start()
    assert ended.person("alice") == before
    assert "Hello, Bob" in talk.alices.get(f"/with/{talk.bob_id}/").text
    assert ended.end() == 0


def test_settings_of_the_environment_reach_all_three_processes(fresh):
    fresh.more = {"PEERNET_TIME_ZONE": "Pacific/Auckland", "PEERNET_KEY": "passphrase", "PEERNET_PASSPHRASE": "a b c d"}
    fresh.start()
    for name in ("server", "alice", "bob"):
        home = fresh.folder / "homes" / name
        assert (home / "database.key.wrapped").exists()
        assert not (home / "database.key").exists()
    for pid in fresh.children:
        environment = Path(f"/proc/{pid}/environ").read_text().split("\0")
        assert "PEERNET_TIME_ZONE=Pacific/Auckland" in environment


def test_ctrl_c_ends_all_three_and_nothing_listens_any_more(ended):
    record = ended.record
    assert len(ended.had) == 3
    assert not any(Path(f"/proc/{pid}").exists() for pid in ended.had)
    addresses = [person["node"] for person in record["people"] if person["node"]] + [record["login_server"]["admin"]]
    for address in addresses:
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(address, timeout=2)  # noqa: S310


def test_a_port_that_somebody_took_meanwhile_is_passed_over(again):
    first = again.person("alice")["node"]
    with socket.create_server(("127.0.0.1", int(first.rpartition(":")[2]))):
        again.start()
        second = again.person("alice")["node"]
        assert second != first
        with urllib.request.urlopen(f"{second}/healthz", timeout=2) as answer:  # noqa: S310
            assert answer.status == 200


def test_when_a_node_dies_the_demo_says_which_and_ends(again):
    again.start()
    os.kill(again.children[2], signal.SIGKILL)
    assert again.process.wait(20) == 1
    assert "bob ended by itself" in again.log.read_text()


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
        return answer.read()


def test_with_the_classic_network_on_an_older_program_finds_everybody(fresh):
    fresh.more = {"PEERNET_CLASSIC": "on"}
    fresh.start()
    server, carol = fresh.record["login_server"]["classic"], fresh.person("carol")
    sent = hashlib.sha256(f"{carol['app_password']}carol".encode()).hexdigest()
    asked = f"{server}/getList?username=carol&password={sent}&json=1"
    end = time.monotonic() + 20
    while len(listed := json.loads(fetch(asked))) < 2:
        assert time.monotonic() < end, listed
        time.sleep(3)  # ten calls a minute are allowed
    places = {entry["username"]: f"http://{entry['ip']}:{entry['port']}" for entry in listed.values()}
    assert places == {name: fresh.person(name)["classic"] for name in ("alice", "bob")}
    for place in places.values():
        assert fetch(f"{place}/ping?sender=carol") == b"0"
    assert f"{server}\n" in fresh.log.read_text()
    assert fresh.end() == 0
