"""The login server as this node sees it: pinned by its signing key, and asked over TLS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from peers import answers
from peers.models import LoginServer
from peers.protocol.address import parse_address
from peers.protocol.codec import decode
from peers.protocol.errors import Malformed, ProtocolError
from peers.protocol.server_card import ServerCard, read_server_card
from peers.protocol.signing import Signed
from peers.transport.contact import first_contact
from peers.transport.errors import Rejected, TransportError, WrongFingerprint
from peers.transport.pinned import MAX_ANSWER, TOTAL_SECONDS, PinnedSession

API = "/api/v1"
# 200 entries with their cards, certificates and lists.
MAX_CHANGES = 4 * 1024 * 1024
JSON = "application/json"

A = TypeVar("A", bound=answers.Answer)


class LoginServerError(Exception):
    """The login server did not do what was asked."""

    @property
    def sentence(self) -> str:
        """What we tell the person."""
        return type(self).__doc__ or ""


class ServerUnreachable(LoginServerError):
    """The login server does not answer. People you already know can still be written to; try again in a moment."""


class BadServerAnswer(ServerUnreachable):
    """The login server gives no usable answer. Nothing was changed; try again, and tell your admin if it stays so."""


class WrongServer(ServerUnreachable):
    """Another computer answers in the place of your login server. Nothing was sent to it; tell your admin."""


class NotSignedIn(LoginServerError):
    """The login server has ended this sign-in. Sign in again."""


class Refused(LoginServerError):
    """The login server refused this."""

    def __init__(self, status: int, code: str, sentence: str, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.retry_after = status, code, retry_after
        self._sentence = sentence

    @property
    def sentence(self) -> str:
        return self._sentence or super().sentence


def known() -> LoginServer | None:
    """Return this node's login server: what an invitation said, or else the settings."""
    server = LoginServer.objects.first()
    if server is None and settings.PEERNET_LOGIN_SERVER and settings.PEERNET_LOGIN_SERVER_KEY:
        server = LoginServer.objects.create(address=settings.PEERNET_LOGIN_SERVER, key=_key_of_settings())
    return server


def _key_of_settings() -> bytes:
    try:
        key = bytes.fromhex(settings.PEERNET_LOGIN_SERVER_KEY)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured("PEERNET_LOGIN_SERVER_KEY must be the 64 hexadecimal digits of an invitation.")
    return key


def learn(address: str, key: bytes) -> LoginServer:
    """Ask an address for its card, and keep it as our login server if that key signed it.

    Raises `ServerUnreachable`; `WrongServer` when the card is another's, or is not shown by whom it describes.
    """
    before = LoginServer.objects.filter(key=key).first()
    signed, card = fetch_card(address, key, before.card_version - 1 if before else 0)
    with transaction.atomic():
        server = LoginServer.objects.select_for_update().first() or LoginServer()
        if bytes(server.key) != key:
            server.cursor = server.last_withdrawal = 0
            server.token = ""
        server.address, server.key, server.down_since = address, key, None
        server.card, server.card_version = signed, card.version
        server.save()
    return server


def fetch_card(address: str, key: bytes, newer_than: int = 0) -> tuple[bytes, ServerCard]:
    """Return the card that an address shows over the certificate that the card names. Raises `ServerUnreachable`."""
    try:
        host, port = parse_address(address)
        body, fingerprint = first_contact(host, port, f"{API}/server-card")
        encoded = bytes.fromhex(answers.read(answers.ServerCardAnswer, body).card)
        card = read_server_card(key, decode(Signed, encoded))
    except (ValueError, Rejected, Malformed) as err:
        raise BadServerAnswer from err
    except ProtocolError as err:
        raise WrongServer from err
    except TransportError as err:
        raise ServerUnreachable from err
    if card.tls_fingerprint != fingerprint or card.version <= newer_than:
        raise WrongServer
    return encoded, card


class LoginServerClient:
    """Calls to the login server over one kept connection; for one thread, but for `abort`."""

    def __init__(self, server: LoginServer) -> None:
        self.server = server
        self._session: PinnedSession | None = None
        self._aborted = False

    def close(self) -> None:
        """Drop the connection."""
        if self._session is not None:
            self._session.close()
            self._session = None

    @property
    def is_aborted(self) -> bool:
        """Whether `abort` was called."""
        return self._aborted

    def abort(self) -> None:
        """From any thread: end the call that is under way, and let no other begin."""
        self._aborted = True
        if session := self._session:
            session.abort()

    def sign_in(self, name: str, password: str, code: str, device: bytes = b"") -> answers.SignedIn:
        fields = {"name": name, "password": password, "code": code, "device_key": device.hex()}
        return self._post("/sign-in", fields, answers.SignedIn)

    def sign_off(self, token: str) -> None:
        self._post("/sign-off", {}, answers.Nothing, token)

    def start_invitation(self, token: str, password: str) -> answers.TotpSecret:
        return self._post("/invitations/start", {"token": token, "password": password}, answers.TotpSecret)

    def finish_invitation(self, token: str, code: str) -> list[str]:
        found = self._post("/invitations/finish", {"token": token, "code": code}, answers.BackupCodes)
        return found.backup_codes

    def change_password(self, token: str, password: str, code: str, new: str) -> None:
        fields = {"password": password, "code": code, "new_password": new}
        self._post("/password", fields, answers.Nothing, token)

    def start_totp(self, token: str, password: str, code: str) -> answers.TotpSecret:
        return self._post("/totp/start", {"password": password, "code": code}, answers.TotpSecret, token)

    def finish_totp(self, token: str, code: str) -> None:
        self._post("/totp/finish", {"code": code}, answers.Nothing, token)

    def new_backup_codes(self, token: str, password: str, code: str) -> list[str]:
        found = self._post("/backup-codes", {"password": password, "code": code}, answers.BackupCodes, token)
        return found.backup_codes

    def nonce(self, token: str) -> bytes:
        return bytes.fromhex(self._post("/certificate/nonce", {}, answers.Nonce, token).nonce)

    def certificate(self, token: str, device: bytes, proof: bytes) -> bytes:
        fields = {"device": device.hex(), "proof": proof.hex()}
        return bytes.fromhex(self._post("/certificate", fields, answers.CertificateAnswer, token).certificate)

    def statements(self, token: str, person: str) -> list[bytes]:
        found = self._get(f"/people/{person}/statements", answers.Statements, token, limit=MAX_CHANGES)
        return [bytes.fromhex(each) for each in found.statements]

    def add_statement(self, token: str, statement: bytes) -> None:
        self._post("/statements", {"statement": statement.hex()}, answers.Nothing, token)

    def publish_card(self, token: str, card: bytes) -> None:
        self._post("/card", {"card": card.hex()}, answers.Nothing, token)

    def presence(self, token: str, device: bytes, version: int) -> answers.Presence:
        return self._post("/presence", {"device": device.hex(), "version": version}, answers.Presence, token)

    def changes(self, token: str, since: int, wait: int) -> answers.Changes:
        path = f"/changes?since={since}&wait={wait}"
        return self._get(path, answers.Changes, token, TOTAL_SECONDS + wait, MAX_CHANGES)

    def withdrawals(self, token: str, since: int) -> list[bytes]:
        found = self._get(f"/withdrawals/since/{since}", answers.Withdrawals, token, limit=MAX_CHANGES)
        return [bytes.fromhex(each) for each in found.withdrawals]

    def clock(self) -> int:
        """Return the pinned login server's time, in seconds since 1970; 0 if it does not tell. Asks it to be there."""
        return self._get("/server-card", answers.ServerCardAnswer).time

    def is_up(self) -> bool:
        """Tell whether the pinned login server answers."""
        try:
            self._get("/server-card", answers.ServerCardAnswer)
        except ServerUnreachable:
            return False
        except Refused:
            pass  # it answers, if only to say: later
        return True

    def _post(self, path: str, fields: dict[str, Any], kind: type[A], token: str = "") -> A:
        body = msgspec.json.encode(fields)
        return self._call(kind, lambda session: session.post(API + path, body, JSON, headers=_bearer(token)))

    def _get(
        self, path: str, kind: type[A], token: str = "", total: float = TOTAL_SECONDS, limit: int = MAX_ANSWER
    ) -> A:
        return self._call(kind, lambda session: session.get(API + path, total, headers=_bearer(token), limit=limit))

    def _call(self, kind: type[A], ask: Any) -> A:
        with _in_our_words():
            try:
                body = ask(self._connected())
            except WrongFingerprint:
                self._meet_again()
                body = ask(self._connected())
            return answers.read(kind, body)

    def _connected(self) -> PinnedSession:
        if not self.server.card:
            self._meet_again()
        if self._session is None:
            host, port = parse_address(self.server.address)
            card = read_server_card(bytes(self.server.key), decode(Signed, bytes(self.server.card)))
            self._session = PinnedSession(host, port, card.tls_fingerprint)
            if self._aborted:
                self._session.abort()
        return self._session

    def _meet_again(self) -> None:
        """Take the login server's newer card: its certificate was renewed, if it is still our login server."""
        self.close()
        signed, card = fetch_card(self.server.address, bytes(self.server.key), self.server.card_version)
        older = LoginServer.objects.filter(pk=self.server.pk, card_version__lt=card.version)
        older.update(card=signed, card_version=card.version)
        self.server.card, self.server.card_version = signed, card.version


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except Rejected as err:
        raise _refusal(err) from err
    except WrongFingerprint as err:
        raise WrongServer from err
    except TransportError as err:
        raise ServerUnreachable from err
    except (ValueError, ProtocolError) as err:
        raise BadServerAnswer from err


def _refusal(err: Rejected) -> LoginServerError:
    try:
        refusal = answers.read(answers.Refusal, err.answer)
    except ValueError:
        return BadServerAnswer()
    if err.status >= 500:
        return BadServerAnswer()
    if err.status == 401 and refusal.error == "not-signed-in":
        return NotSignedIn()
    return Refused(err.status, refusal.error, refusal.sentence, err.retry_after)
