"""The demo's three processes."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import FrameType
from typing import IO

from peernet.demo.record import FOLDER, ROOT, Person, Record

READY_SECONDS, STOP_SECONDS = 50, 10
HERE = "127.0.0.1"


class PortsBusy(Exception):
    """No free ports were found. End some other programs, and try again."""

    def __str__(self) -> str:
        return type(self).__doc__ or ""


class Network:
    """Starts a login server and the members' nodes, and ends them together."""

    def __init__(self, record: Record, classic: bool = False) -> None:
        self.record, self.classic = record, classic
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.logs: list[IO[bytes]] = []
        self.is_asked_to_end = False

    def is_running(self) -> bool:
        """Tell whether something answers where the demo would."""
        return any(_answers(address) for address in self._healths().values())

    def settle_ports(self) -> None:
        """Keep the ports of last time, and take the next free one for each that is not. Raises `PortsBusy`."""
        server, taken = self.record.login_server, set[int]()
        admin = _free(_port(server.admin), taken)
        server.admin = f"http://{HERE}:{admin}/admin/"
        server.nodes = f"{HERE}:{_free(_port(server.nodes), taken)}"
        for person in self.record.members:
            person.node = f"http://{HERE}:{_free(_port(person.node), taken)}"
            person.peers = f"{HERE}:{_free(_port(person.peers), taken)}"
        for each in (server, *self.record.members):
            if self.classic:
                each.classic = f"http://{HERE}:{_free(_port(each.classic), taken)}"

    def __enter__(self) -> "Network":
        for which in (signal.SIGINT, signal.SIGTERM):
            signal.signal(which, self._asked_to_end)
        self._start("server", "runloginserver", self._server_settings())
        for person in self.record.members:
            self._start(person.name, "runnode", self._node_settings(person))
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        for process in self.processes.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for log in self.logs:
            log.close()

    def wait_until_ready(self) -> None:
        """Return when all answer, or one has ended, or we are asked to end."""
        end = time.monotonic() + READY_SECONDS
        for address in self._healths().values():
            while not _answers(address) and not self._over() and time.monotonic() < end:
                time.sleep(0.1)

    def wait(self) -> str:
        """Wait until we are asked to end, or one ends by itself: return its name then, else nothing."""
        while not (self.is_asked_to_end or self._over()):
            time.sleep(0.2)
        return "" if self.is_asked_to_end else self._over()

    def log_of(self, name: str) -> Path:
        """Return the file with what a process said."""
        return FOLDER / "homes" / f"{name}.log"

    def _over(self) -> str:
        return next((name for name, process in self.processes.items() if process.poll() is not None), "")

    def _asked_to_end(self, number: int, frame: FrameType | None) -> None:
        self.is_asked_to_end = True

    def _start(self, name: str, command: str, settings: dict[str, str]) -> None:
        home = FOLDER / "homes" / name
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        log = self.log_of(name).open("ab")
        self.logs.append(log)
        # Ctrl-C reaches this process only; it ends the others in order.
        self.processes[name] = subprocess.Popen(  # noqa: S603
            [sys.executable, "manage.py", command],
            cwd=ROOT,
            env=_for_home(os.environ | {"PEERNET_HOME": str(home)} | settings, name),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def _server_settings(self) -> dict[str, str]:
        server = self.record.login_server
        return {
            "PEERNET_ROLE": "login-server",
            "PEERNET_ADMIN_PORT": str(_port(server.admin)),
            "PEERNET_NODES_PORT": str(_port(server.nodes)),
            "PEERNET_NODES_ADDRESS": server.nodes,
            **self._classic(server.classic),
        }

    def _node_settings(self, person: Person) -> dict[str, str]:
        server = self.record.login_server
        return {
            "PEERNET_ROLE": "node",
            "PEERNET_USER_PORT": str(_port(person.node)),
            "PEERNET_PEERS_PORT": str(_port(person.peers)),
            "PEERNET_PEERS_INTERFACE": HERE,
            "PEERNET_PEERS_ADDRESSES": person.peers,
            "PEERNET_LOGIN_SERVER": server.nodes,
            "PEERNET_LOGIN_SERVER_KEY": server.key,
            **self._classic(person.classic),
            "PEERNET_CLASSIC_SERVER": server.classic if self.classic else "",
            "PEERNET_CLASSIC_USER": person.name,
            "PEERNET_CLASSIC_PASSWORD": person.app_password,
        }

    def _classic(self, address: str) -> dict[str, str]:
        if not self.classic:
            return {"PEERNET_CLASSIC": "off"}
        return {
            "PEERNET_CLASSIC": "on",
            "PEERNET_CLASSIC_PORT": str(_port(address)),
            "PEERNET_CLASSIC_INTERFACE": HERE,
        }

    def _healths(self) -> dict[str, str]:
        nodes = {person.name: f"{person.node}/healthz" for person in self.record.members}
        return {"server": self.record.login_server.admin.replace("/admin/", "/healthz"), **nodes}


def _for_home(environment: dict[str, str], name: str) -> dict[str, str]:
    """Give each process its own database where the environment names one: {home} stands for its name."""
    shared = {key: environment[key] for key in ("DATABASE_URL", "REDIS_URL") if environment.get(key)}
    return environment | {key: value.replace("{home}", name) for key, value in shared.items()}


def _port(address: str) -> int:
    return int(address.removesuffix("/admin/").rpartition(":")[2])


def _free(port: int, taken: set[int]) -> int:
    for candidate in range(port, min(port + 90, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if candidate not in taken and probe.connect_ex((HERE, candidate)) != 0:
                taken.add(candidate)
                return candidate
    raise PortsBusy


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
