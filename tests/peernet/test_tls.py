"""The TLS key that lies beside the database, and connections as the doors have them."""

import contextlib

import pytest
from django.core.exceptions import ImproperlyConfigured
from OpenSSL import SSL

from peernet.server.tls import ConnectionFactory, load_pair, make_pair


def test_the_same_certificate_is_shown_after_a_restart(tmp_path):
    key = bytes(32)
    assert load_pair(tmp_path / "tls.pem", key) == load_pair(tmp_path / "tls.pem", key)


def test_the_key_is_not_on_the_disk_in_the_clear(tmp_path):
    load_pair(tmp_path / "tls.pem", bytes(32))
    assert b"PRIVATE KEY" not in (tmp_path / "tls.pem").read_bytes()


@pytest.mark.parametrize("damage", ["another key", "cut", "empty"])
def test_a_file_that_does_not_open_says_what_to_do(tmp_path, damage):
    path = tmp_path / "tls.pem"
    load_pair(path, bytes(32))
    content = {"another key": path.read_bytes(), "cut": path.read_bytes()[:-1], "empty": b""}[damage]
    path.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match="Put back the key"):
        load_pair(path, b"\x01" * 32 if damage == "another key" else bytes(32))


@pytest.fixture
def wire():
    """Both ends of a connection without a network: Bob's, as his doors have it, and Alice's."""
    bob = ConnectionFactory(make_pair()).serverConnectionForTLS(None)
    alice = SSL.Connection(SSL.Context(SSL.TLS_METHOD), None)
    bob.set_accept_state()
    alice.set_connect_state()
    for _ in range(4):
        for one, other in ((alice, bob), (bob, alice)):
            with contextlib.suppress(SSL.WantReadError):
                one.do_handshake()
            carry(one, other)
    return alice, bob


def carry(one: SSL.Connection, other: SSL.Connection) -> None:
    with contextlib.suppress(SSL.WantReadError):
        while True:
            other.bio_write(one.bio_read(65536))


def test_what_one_read_brought_is_handed_on_at_once(wire):
    alice, bob = wire
    for record in (b"one ", b"two ", b"three"):
        alice.send(record)
    carry(alice, bob)
    assert bob.recv(32768) == b"one two three"
    with pytest.raises(SSL.WantReadError):
        bob.recv(32768)


def test_the_head_of_a_long_request_is_handed_on_before_its_body(wire):
    alice, bob = wire
    head, body = b"POST / HTTP/1.1\r\n", bytes(200_000)
    alice.send(head)
    alice.sendall(body)
    bob.bio_write(alice.bio_read(300_000))
    assert [bob.recv(32768), bob.recv(32768)] == [head, body]


def test_the_end_comes_after_the_last_bytes(wire):
    alice, bob = wire
    alice.send(b"goodbye")
    alice.shutdown()
    carry(alice, bob)
    assert bob.recv(32768) == b"goodbye"
    with pytest.raises(SSL.ZeroReturnError):
        bob.recv(32768)


def test_bytes_that_nobody_sealed_end_the_connection(wire):
    alice, bob = wire
    alice.send(b"hello")
    carry(alice, bob)
    bob.bio_write(b"\x17\x03\x03\x00\x20" + bytes(32))
    assert bob.recv(32768) == b"hello"
    with pytest.raises(SSL.Error):
        bob.recv(32768)
