"""Django's own commands, in both roles."""

import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.journeys.processes import ROOT, LoginServer, Node, free_port


@pytest.fixture
def login_server(tmp_path):
    return LoginServer(tmp_path / "server")


@pytest.fixture
def node(tmp_path, login_server):
    account = type("Nobody", (), {"server_key": bytes(32).hex()})()
    return Node(tmp_path / "node", login_server, account)


@contextmanager
def runserver(process):
    """`manage.py runserver` in a home that was migrated; gives its address."""
    assert process.manage("migrate", "-v0").returncode == 0
    port = free_port()
    command = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"]
    with process.log.open("ab") as log:
        running = subprocess.Popen(command, cwd=ROOT, env=process.environment, stdout=log, stderr=log)
    try:
        yield wait_for(f"http://127.0.0.1:{port}", running, process.log)
    finally:
        running.kill()
        running.wait()


def wait_for(address, running, log):
    end = time.monotonic() + 30
    while True:
        try:
            requests.get(f"{address}/healthz", timeout=5)
        except requests.ConnectionError:
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        else:
            return address


def test_check_finds_nothing_in_either_role(login_server, node):
    for process in (login_server, node):
        result = process.manage("check")
        assert (result.returncode, result.stdout) == (0, "System check identified no issues (0 silenced).\n")


def test_runserver_shows_a_nodes_pages(node):
    with runserver(node) as address:
        page = requests.get(f"{address}/sign-in", timeout=5)
        assert page.status_code == 200
        assert "Sign in" in page.text
        assert requests.get(f"{address}/static/peernet/base.css", timeout=5).status_code == 200
        # The socket is there too, and is nobody's without a session.
        with pytest.raises(InvalidStatus) as refused:
            connect(address.replace("http", "ws") + "/ws", origin=address, proxy=None)
        assert refused.value.response.status_code == 403


def test_runserver_of_a_node_without_keys_says_what_to_do(node):
    with runserver(node) as address:
        browser = requests.Session()
        page = browser.get(f"{address}/sign-in", timeout=5).text
        token = page.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
        fields = {"name": "alice", "password": "x", "code": "123456", "csrfmiddlewaretoken": token}
        answer = browser.post(f"{address}/sign-in", fields, timeout=5)
        assert answer.status_code == 503
        assert "Run manage.py runnode" in answer.text


def test_runserver_shows_a_login_servers_pages(login_server):
    with runserver(login_server) as address:
        assert requests.get(f"{address}/admin/login/", timeout=5).status_code == 200
        assert requests.get(f"{address}/invitation/", timeout=5).status_code == 200
