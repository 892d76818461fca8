"""A real login server on loopback ports."""

import http.client
import os
import socket
import ssl
import subprocess
import sys
import time

import pytest


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def ports(tmp_path_factory):
    admin, nodes = _free(), _free()
    own = {"PEERNET_HOME": str(tmp_path_factory.mktemp("home")), "PEERNET_ROLE": "login-server"}
    own |= {"PEERNET_ADMIN_PORT": str(admin), "PEERNET_NODES_PORT": str(nodes)}
    process = subprocess.Popen([sys.executable, "manage.py", "runloginserver"], env=os.environ | own)
    for _ in range(150):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", nodes)) == 0:
                break
        time.sleep(0.1)
    yield admin, nodes
    process.terminate()
    process.wait(10)


def _post(port, body, **kwargs):
    call = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    call.request("POST", "/healthz", body, **kwargs)
    return call.getresponse().status


def test_long_bodies_are_refused(ports):
    assert _post(ports[0], b"x" * 3_000_000) == 413
    assert _post(ports[0], iter([b"x" * 100_000] * 30), encode_chunked=True) == 413


def test_only_tls_1_3(ports):
    context = ssl._create_unverified_context()  # noqa: S323
    with socket.create_connection(("127.0.0.1", ports[1])) as raw, context.wrap_socket(raw) as wrapped:
        assert wrapped.version() == "TLSv1.3"
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", ports[1])) as raw, pytest.raises(ssl.SSLError):
        context.wrap_socket(raw)
