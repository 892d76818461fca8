"""Alice's node calls Bob's address. Sometimes Mallory answers."""

import contextlib
import datetime
import hashlib
import http.server
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from peers.transport import pinned
from peers.transport.errors import BadAnswer, Rejected, Unreachable, WrongFingerprint


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "random")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + built.public_bytes(serialization.Encoding.PEM)
    )
    return path, hashlib.sha256(built.public_bytes(serialization.Encoding.DER)).digest()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    requests = 0
    connections = 0

    def get_request(self):
        self.connections += 1
        return super().get_request()


@contextlib.contextmanager
def serving(certificate, answer, version=None):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.server.requests += 1
            self.body = self.rfile.read(int(self.headers["Content-Length"]))
            with contextlib.suppress(OSError):
                answer(self)

        do_GET = do_POST

        def log_message(self, *args):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[0])
    if version:
        context.maximum_version = version
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def reply(status=200, body=b"ok", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def post(certificate):
    def call(server, fingerprint=certificate[1], total=5.0, times=1):
        session = pinned.PinnedSession("127.0.0.1", server.server_address[1], fingerprint)
        with contextlib.closing(session):
            return [session.post("/x", b"bytes", "application/x-peernet", total) for _ in range(times)]

    return call


def test_the_pinned_node_answers(certificate, post):
    with serving(certificate, lambda handler: reply(body=handler.body)(handler)) as bob:
        assert post(bob) == [b"bytes"]


def test_the_connection_is_kept_between_bundles(certificate, post):
    with serving(certificate, reply()) as bob:
        post(bob, times=5)
        assert (bob.requests, bob.connections) == (5, 1)


def test_a_session_that_was_closed_connects_again(certificate):
    with serving(certificate, reply()) as bob:
        session = pinned.PinnedSession("127.0.0.1", bob.server_address[1], certificate[1])
        for _ in range(2):
            assert session.post("/x", b"bytes", "text/plain") == b"ok"
            session.close()
        assert (bob.requests, bob.connections) == (2, 2)


def test_nothing_is_asked_after_an_abort(certificate):
    with serving(certificate, reply()) as bob:
        session = pinned.PinnedSession("127.0.0.1", bob.server_address[1], certificate[1])
        session.abort()
        with contextlib.closing(session), pytest.raises(Unreachable):
            session.post("/x", b"bytes", "text/plain")
        assert bob.requests == 0


def test_another_certificate_gets_not_one_byte(certificate, post):
    with serving(certificate, reply()) as mallory:
        with pytest.raises(WrongFingerprint):
            post(mallory, fingerprint=bytes(32))
        assert mallory.requests == 0


def test_the_environment_cannot_loosen_the_pin_or_add_a_proxy(certificate, post, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with serving(certificate, reply()) as bob:
        assert post(bob) == [b"ok"]
        with pytest.raises(WrongFingerprint):
            post(bob, fingerprint=bytes(32))


def test_tls_1_2_is_not_spoken(certificate, post):
    with serving(certificate, reply(), ssl.TLSVersion.TLSv1_2) as old, pytest.raises(BadAnswer):
        post(old)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(certificate, post, status):
    with serving(certificate, reply(status, Location="/elsewhere")) as mallory:
        with pytest.raises(BadAnswer):
            post(mallory)
        assert mallory.requests == 1


def test_a_refusal_brings_its_status_and_when_to_come_again(certificate, post):
    with serving(certificate, reply(429, Retry_After="7")) as bob, pytest.raises(Rejected) as refusal:
        post(bob)
    assert (refusal.value.status, refusal.value.retry_after) == (429, 7)


@pytest.mark.parametrize("wish", ["-1", "never", "１２", "9" * 5000])
def test_a_senseless_wish_when_to_come_again_is_ignored(certificate, post, wish):
    with serving(certificate, lambda handler: reply(429, Retry_After=wish.encode().decode("latin-1"))(handler)) as bob:
        with pytest.raises(Rejected) as refusal:
            post(bob)
        assert refusal.value.retry_after is None


def test_an_endless_answer_is_cut(certificate, post):
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(8192))

    with serving(certificate, endless) as mallory, pytest.raises(BadAnswer):
        post(mallory)


def test_a_trickling_answer_ends_at_the_deadline(certificate, post):
    def trickle(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    with serving(certificate, trickle) as mallory, pytest.raises(BadAnswer):
        post(mallory, total=0.5)
    assert time.monotonic() - started < 3


def test_a_compressed_answer_is_not_unpacked(certificate, post):
    zipped = reply(body=b"\x1f\x8b" + bytes(50), Content_Encoding="gzip")
    with serving(certificate, zipped) as mallory, pytest.raises(BadAnswer):
        post(mallory)


def test_a_connection_that_is_cut_before_a_word_reaches_nobody():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        session = pinned.PinnedSession("127.0.0.1", listener.getsockname()[1], bytes(32))
        with pytest.raises(Unreachable):
            session.post("/", b"", "text/plain")
        session.close()


def test_where_nobody_listens_nobody_is_reached(certificate):
    session = pinned.PinnedSession("127.0.0.1", 1, certificate[1])
    with pytest.raises(Unreachable):
        session.post("/x", b"", "application/x-peernet")
