"""Real processes with their own homes and ports."""

import base64
import contextlib
import dataclasses
import http.client
import json
import os
import random
import re
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import escape
from pathlib import Path
from typing import Any

import requests
from django_otp.oath import TOTP
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


# Below those that the system gives to whoever dials: a node that starts again must find its port free.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclasses.dataclass
class Process:
    """A role of `manage.py` on loopback, with its home. What it prints goes to a file beside the home."""

    home: Path
    process: subprocess.Popen | None = dataclasses.field(default=None, init=False)

    command = ""
    program = ("manage.py",)

    @property
    def settings(self) -> dict[str, str]:
        """The settings of this role."""
        return {}

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PEERNET_", "DJANGO_"))}
        return kept | {"PEERNET_HOME": str(self.home)} | self.settings

    @property
    def log(self) -> Path:
        return self.home.parent / f"{self.home.name}.log"

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.program_line,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self.log.read_text())
            time.sleep(0.02)

    @property
    def program_line(self) -> list[str]:
        """What is run."""
        return [sys.executable, *self.program, self.command]

    def answers(self) -> bool:
        raise NotImplementedError

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)


@dataclasses.dataclass
class LoginServer(Process):
    """`manage.py runloginserver`."""

    admin_port: int = dataclasses.field(default_factory=free_port)
    nodes_port: int = dataclasses.field(default_factory=free_port)
    more: dict[str, str] = dataclasses.field(default_factory=dict)

    command = "runloginserver"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "PEERNET_ROLE": "login-server",
            "PEERNET_ADMIN_PORT": str(self.admin_port),
            "PEERNET_NODES_PORT": str(self.nodes_port),
            **self.more,
        }

    def answers(self) -> bool:
        try:
            return self.call("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def call(self, method: str, path: str, fields: dict | None = None, token: str = "") -> tuple[int, dict]:
        """Call the nodes' door, and return the status and the answer."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.nodes_port, timeout=30, context=context)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            connection.request(method, path, json.dumps(fields) if fields is not None else None, headers)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        is_json = response.getheader("Content-Type", "").startswith("application/json")
        return response.status, json.loads(body) if is_json else {}

    def open_account(self, name: str, *options: str) -> "Account":
        """Invite somebody, and open their account with the code before the current one, so that this one is unused."""
        result = self.manage("invite", name, *options)
        assert result.returncode == 0, result.stderr
        link = re.search(r"http\S+#token=\S+", result.stdout).group()
        token = re.search(r"#token=([\w-]+)", link).group(1)
        account = Account(name, secrets.token_urlsafe(16), "", re.search(r"key=([0-9a-f]{64})", link).group(1))
        status, answer = self.call("POST", "/api/v1/invitations/start", {"token": token, "password": account.password})
        assert status == 200, answer
        account.secret = answer["secret"]
        for _ in range(3):
            # On a busy machine the code may be too old when it arrives.
            code = {"token": token, "code": account.code(steps=-1)}
            status, answer = self.call("POST", "/api/v1/invitations/finish", code)
            if status == 200:
                break
            # The next try is refused unread until a second has passed.
            time.sleep(1.1)
        assert status == 200, answer
        account.backup_codes = answer["backup_codes"]
        return account


@dataclasses.dataclass
class Account:
    """Somebody's name, password and phone."""

    name: str
    password: str
    secret: str
    server_key: str
    backup_codes: list[str] = dataclasses.field(default_factory=list)
    used: int = 0

    def code(self, steps: int = 0) -> str:
        """Return the code of the current 30 seconds, or of `steps` later ones; one step either way is accepted."""
        generator = TOTP(base64.b32decode(self.secret))
        generator.time = time.time() + 30 * steps
        self.used = generator.t()
        return f"{generator.token():06d}"

    def fresh_code(self) -> str:
        """Return a code that was not used before, waiting for it if need be."""
        generator = TOTP(base64.b32decode(self.secret))
        while generator.t() + 1 <= self.used:
            time.sleep(0.5)
        return self.code(steps=max(0, self.used + 1 - generator.t()))


@dataclasses.dataclass
class Node(Process):
    """`manage.py runnode`, for one account."""

    login_server: LoginServer
    account: Account
    user_port: int = dataclasses.field(default_factory=free_port)
    peers_port: int = dataclasses.field(default_factory=free_port)
    more: dict[str, str] = dataclasses.field(default_factory=dict)

    command = "runnode"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "PEERNET_ROLE": "node",
            "PEERNET_USER_PORT": str(self.user_port),
            "PEERNET_PEERS_PORT": str(self.peers_port),
            "PEERNET_PEERS_INTERFACE": "127.0.0.1",
            "PEERNET_LOGIN_SERVER": f"127.0.0.1:{self.login_server.nodes_port}",
            "PEERNET_LOGIN_SERVER_KEY": self.account.server_key,
            **self.more,
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.user_port}"

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.user_port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def sign_in(self, code: str | None = None) -> "Browser":
        """Sign the member in through the page, as a browser without script."""
        browser = Browser(self)
        browser.get("/sign-in")
        fields = {"name": self.account.name, "password": self.account.password}
        answer = browser.post("/sign-in", fields | {"code": self.account.fresh_code() if code is None else code})
        assert answer.status_code == 302, answer.text
        return browser


class Browser:
    """Cookies and forms, without script; and the page's socket."""

    def __init__(self, node: Node) -> None:
        self.node, self.session = node, requests.Session()
        self.session.trust_env = False
        self.token = ""

    def get(self, path: str) -> requests.Response:
        answer = self.session.get(self.node.address + path, allow_redirects=False, timeout=20)
        if found := re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.text):
            self.token = found.group(1)
        return answer

    def post(self, path: str, fields: dict[str, str]) -> requests.Response:
        fields = fields | {"csrfmiddlewaretoken": self.token}
        return self.session.post(self.node.address + path, fields, allow_redirects=False, timeout=20)

    def people(self) -> dict[str, str]:
        """Return the people of the list: the name of each, and the id."""
        page = self.get("/").text
        rows = re.findall(r'data-person="([0-9a-f-]{36})".*?<bdi class="name">(.*?)</bdi>', page, re.DOTALL)
        return {name: person for person, name in rows}

    def wait_for(self, name: str, seconds: float = 10.0) -> str:
        """Wait until somebody is in the list, and return their id."""
        end = time.monotonic() + seconds
        while (person := self.people().get(name)) is None:
            assert time.monotonic() < end, f"{name} did not appear"
            time.sleep(0.05)
        return person

    def socket(self, origin: str | None = None, **how: Any) -> "Page":
        cookies = "; ".join(f"{name}={value}" for name, value in self.session.cookies.items())
        return Page(
            connect(
                f"ws://127.0.0.1:{self.node.user_port}/ws",
                origin=origin or self.node.address,
                additional_headers={"Cookie": cookies},
                max_size=None,
                compression=None,
                proxy=None,
                **how,
            )
        )


class Page:
    """The socket of an open page."""

    def __init__(self, connecting: AbstractContextManager[ClientConnection]) -> None:
        self.connecting, self.socket = connecting, connecting.__enter__()

    def open(self, person: str | None, after: int = 0, visible: bool = True) -> None:
        self.say(type="open", after=after, visible=visible, **{"with": person})

    def send(self, person: str, text: str) -> str:
        """Send words, and return their key."""
        key = str(uuid.uuid4())
        self.say(type="send", key=key, text=text, **{"with": person})
        return key

    def say(self, **frame: object) -> None:
        self.socket.send(json.dumps(frame))

    def hear(self, wanted: Callable[[dict], bool], seconds: float = 10.0) -> dict:
        """Return the next frame that is wanted, passing over others."""
        end = time.monotonic() + seconds
        while True:
            frame = json.loads(self.socket.recv(timeout=max(0.0, end - time.monotonic())))
            if wanted(frame):
                return frame

    def hear_words(self, text: str, seconds: float = 10.0) -> dict:
        """Return the frame that shows these words."""
        return self.hear(lambda frame: frame["type"] == "message" and escape(text) in frame["html"], seconds)

    def hear_state(self, state: str, seconds: float = 10.0) -> dict:
        """Return the frame that shows a message of ours in this state."""
        return self.hear(lambda frame: shows(frame, state), seconds)

    def close(self) -> None:
        self.connecting.__exit__(None, None, None)


def shows(frame: dict, *states: str) -> bool:
    """Tell whether a frame shows a message of ours in one of these states: by its bubble, or by its tick alone."""
    if frame["type"] == "ticks":
        return frame["state"] in states
    is_bubble = frame["type"] in ("state", "message")
    return is_bubble and re.search(rf'class="message mine[^"]* ({"|".join(states)})"', frame["html"]) is not None
