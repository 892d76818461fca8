"""TLS 1.3 with a certificate that names nobody."""

import asyncio
import contextlib
import datetime
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer

from peernet.files import write_private

MARK = b"peernet tls 1"
# A record that is full, and a read that brings a good part of a file.
FULL, LONG = 2**14, 2**16


def make_pair() -> bytes:
    """A P-256 key and its certificate, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, secrets.token_hex(16))])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start).not_valid_after(start + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return plain + certificate.public_bytes(pem)


def load_pair(path: Path, database_key: bytes) -> bytes:
    """The pair kept at path, encrypted; made at the first start."""
    cipher = AESGCM(database_key)
    if not path.exists():
        nonce = os.urandom(12)
        write_private(path, nonce + cipher.encrypt(nonce, make_pair(), MARK))
    kept = path.read_bytes()
    try:
        return cipher.decrypt(kept[:12], kept[12:], MARK)
    except (InvalidTag, ValueError) as err:
        raise ImproperlyConfigured(
            f"{path} does not open with the database's key. Put back the key that belongs to it, "
            "or remove the file: nodes will then meet a new certificate."
        ) from err


class Gathering(SSL.Connection):
    """Hands on at once what one read from the network brought: each record would cost a walk through HTTP."""

    is_long = False

    def bio_write(self, buf: bytes) -> int:
        self.is_long = len(buf) > LONG
        return super().bio_write(buf)

    def recv(self, bufsiz: int, flags: int | None = None) -> bytes:
        read = super().recv
        records = [read(bufsiz)]
        # The head of a long request goes on by itself: each of its lines would be cut from the whole.
        if self.is_long and len(records[0]) < FULL:
            return records[0]
        # Whatever ends the row comes again with the next call, which begins with it.
        with contextlib.suppress(SSL.Error):
            while True:
                records.append(read(bufsiz))
        return b"".join(records)


class Soon:
    """The clock of what is gathered for a record: it knows nothing but the loop's next turn."""

    def callLater(self, seconds: float, function: Callable[[], None]) -> asyncio.Handle:
        return asyncio.get_running_loop().call_soon(function)


class TLSFactory(TLSMemoryBIOFactory):  # type: ignore[misc]
    """A door's factory behind TLS."""

    def __init__(self, pair: bytes, behind: Any) -> None:
        super().__init__(ConnectionFactory(pair), False, behind, Soon())


@implementer(IOpenSSLServerConnectionCreator)
class ConnectionFactory:
    """What Twisted asks for the TLS side of a connection. The key never touches a file in the clear."""

    def __init__(self, pair: bytes) -> None:
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_min_proto_version(SSL.TLS1_3_VERSION)
        context.use_privatekey(crypto.load_privatekey(crypto.FILETYPE_PEM, pair))
        context.use_certificate(crypto.load_certificate(crypto.FILETYPE_PEM, pair))
        context.check_privatekey()
        # Thousands of nodes keep a connection open on which nothing happens: it holds no buffers meanwhile.
        context.set_mode(SSL.MODE_RELEASE_BUFFERS)
        self.context = context

    def serverConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        return Gathering(self.context, None)
