"""Alice is invited, opens her account and signs in, on a real login server."""

import re
import secrets
import time
from base64 import b32decode
from binascii import hexlify

import pytest
from django_otp.oath import TOTP

from tests.journeys.processes import LoginServer


@pytest.fixture
def server(tmp_path):
    login_server = LoginServer(tmp_path / "home")
    login_server.start()
    yield login_server
    login_server.kill()


def code_for(secret, steps=0):
    """The code of the current 30 seconds, or of `steps` later ones; the server accepts one step either way."""
    generator = TOTP(b32decode(secret))
    generator.time = time.time() + 30 * steps
    return f"{generator.token():06d}"


def invite(server, name="alice", *options):
    result = server.manage("invite", name, *options)
    assert result.returncode == 0, result.stderr
    return re.search(r"#token=([\w-]+)", result.stdout).group(1)


class Alice:
    def __init__(self, server):
        self.server = server
        self.password = secrets.token_urlsafe(16)
        token = invite(server)
        status, answer = server.call("POST", "/api/v1/invitations/start", {"token": token, "password": self.password})
        assert status == 200, answer
        self.secret = answer["secret"]
        status, answer = server.call(
            "POST", "/api/v1/invitations/finish", {"token": token, "code": code_for(self.secret)}
        )
        assert status == 200, answer
        self.backup_codes = answer["backup_codes"]

    def sign_in(self, code):
        fields = {"name": "Alice", "password": self.password, "code": code}
        return self.server.call("POST", "/api/v1/sign-in", fields)


def test_somebody_is_invited_before_the_first_start(tmp_path):
    assert invite(LoginServer(tmp_path / "fresh"))


def test_alice_opens_her_invitation_signs_in_and_signs_off(server):
    alice = Alice(server)
    status, answer = alice.sign_in(code_for(alice.secret, steps=1))
    assert status == 200
    token = answer["token"]
    assert server.call("GET", "/api/v1/me", token=token) == (200, answer["person"])
    assert server.call("POST", "/api/v1/sign-off", {}, token)[0] == 200
    assert server.call("GET", "/api/v1/me", token=token)[0] == 401


def test_a_used_code_is_refused_and_a_backup_code_works_once(server):
    alice = Alice(server)
    assert alice.sign_in(code_for(alice.secret))[0] == 401
    assert alice.sign_in(alice.backup_codes[0])[0] == 200
    assert alice.sign_in(alice.backup_codes[0])[0] == 401


def test_a_session_survives_kill_minus_nine_of_the_login_server(server):
    alice = Alice(server)
    token = alice.sign_in(alice.backup_codes[0])[1]["token"]
    server.kill()
    server.start()
    assert server.call("GET", "/api/v1/me", token=token)[0] == 200


def test_nothing_that_alice_chose_stands_in_the_clear_on_the_disk(server):
    alice = Alice(server)
    alice.sign_in(alice.backup_codes[0])
    secret = b32decode(alice.secret)
    canaries = [alice.password.encode(), secret, hexlify(secret), alice.secret.encode(), b"alice", b"SQLite format"]
    files = [path for path in server.home.parent.rglob("*") if path.is_file() and path.name != "server.log"]
    assert any(path.name == "peernet.sqlite3" for path in files)
    for path in files:
        content = path.read_bytes()
        assert not [canary for canary in canaries if canary in content], path


def test_the_nodes_door_serves_no_page_and_the_admins_door_no_call(server):
    assert server.call("GET", "/admin/")[0] == 404
    assert server.call("GET", "/api/v1/nothing")[0] == 404


def test_a_body_beyond_the_cap_is_refused_and_the_server_goes_on(server):
    status, _ = server.call("POST", "/api/v1/sign-in", {"name": "x" * (3 << 20), "password": "", "code": ""})
    assert status == 413
    assert server.call("GET", "/healthz")[0] == 200


def test_sigterm_ends_the_login_server_cleanly(server):
    assert server.stop() == 0


def test_a_second_login_server_on_the_same_port_says_so(server):
    result = server.manage("runloginserver")
    assert result.returncode == 1
    assert "is not free" in result.stderr
    assert "Traceback" not in result.stderr
