"""A real login server on loopback ports."""

import http.client
import os
import socket
import ssl
import subprocess
import sys
import time

import pytest

from peernet.server.doors import LARGEST_RUN, node_doors


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


UPLOAD = f"/files/{'a' * 8}-bbbb-cccc-dddd-{'e' * 12}/chunks/12".encode()
CHUNK = f"/peernet/1/transfers/{'0' * 64}/12".encode()


def test_nothing_but_chunks_may_be_longer_than_a_page_or_a_bundle():
    pages, calls, *_ = node_doors()
    assert pages.limits(UPLOAD) == (LARGEST_RUN, LARGEST_RUN)
    assert calls.limits(CHUNK) == (LARGEST_RUN, calls.body_limit)
    for path in (
        b"/",
        UPLOAD + b"x",
        b"/x" + UPLOAD,
        UPLOAD.replace(b"chunks", b"finish"),
        CHUNK,
        CHUNK.rpartition(b"/")[0],
    ):
        assert pages.limits(path) == (pages.body_limit, pages.body_limit)
    for path in (b"/peernet/1/bundles", CHUNK.rpartition(b"/")[0], CHUNK.replace(b"transfers", b"fetches"), UPLOAD):
        assert calls.limits(path) == (calls.body_limit, calls.body_limit)
