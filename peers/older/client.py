"""The calls that we make to a classic node."""

import json
from typing import Any
from urllib.parse import urlencode

from peers.classic import handshake
from peers.classic.ciphers import PublicKey
from peers.classic.encryption import Sealer
from peers.classic.fields import write_body
from peers.classic.listing import Abilities, read_listing
from peers.classic.year import Year
from peers.transport.errors import Rejected
from peers.transport.pinned import TOTAL_SECONDS
from peers.transport.plain import MAX_ANSWER, PlainSession

JSON = "application/json"
# Half of the older nodes spell it so, and some know this spelling only.
MISSPELT = {"/receiveFile": "/recieveFile", "/receiveMessage": "/recieveMessage"}
NOT_FOUND = 404
# A description of 4,000 characters, encrypted.
MOST_TOLD = 40_000


class Client:
    """One node of the classic network, by its literal address."""

    def __init__(self, ip: str, port: int, year: Year, own_name: str, *, allow_loopback: bool = False) -> None:
        """Raises `TransportError` for an address that is not dialled."""
        self._session = PlainSession(ip, port, allow_loopback=allow_loopback)
        self.year, self.own_name = year, own_name

    def ping(self) -> str:
        """Return what the node answers to a ping. Raises `TransportError`."""
        return self._get(f"/ping?{urlencode({'sender': self.own_name})}")

    def abilities(self) -> Abilities:
        """Return what the node says it can do; nothing when it does not say. Raises `TransportError`."""
        try:
            return read_listing(self._get("/listAPI"))
        except Rejected:
            return Abilities()

    def public_key(self, name: str) -> str:
        """Return the public key of a person on that node in hex; empty if it gives none. Raises `TransportError`."""
        asked = {"sender": self.own_name, "profile_username" if self.year is Year.Y2017 else "username": name}
        found = self._json("/getPublicKey", asked).get("pubkey")
        return found if isinstance(found, str) else ""

    def proves(self, standard: int, key: PublicKey | None, destination: str) -> bool:
        """Whether the node decrypts what we encrypt by a standard. Raises `TransportError`.

        A node that answers few texts, as ours does, may not know ours, but knows that of its year.
        """
        texts = handshake.new_text(), handshake.OF_YEAR[self.year]
        return any(self._proves(words, standard, key, destination) for words in texts)

    def _proves(self, words: str, standard: int, key: PublicKey | None, destination: str) -> bool:
        sealer = Sealer(standard, self.year, key)
        fields: dict[str, Any] = {
            "sender": self.own_name,
            "destination": destination,
            "message": sealer.seal(words),
            "encryption": standard,
            "decryptionKey": sealer.decryption_key,
        }
        return self._json("/handshake", fields).get("message") == words

    def profile(self, name: str) -> dict[str, str]:
        """Return what the node tells of a person, shortened; nothing if it tells nothing. Raises `TransportError`."""
        found = self._json("/getProfile", {"profile_username": name, "sender": self.own_name})
        return {field[:40]: str(value)[:MOST_TOLD] for field, value in found.items() if value not in (None, "")}

    def status(self, name: str) -> str:
        """Return how a person is, as their 2017 node says; empty if it says nothing. Raises `TransportError`."""
        found = self._json("/getStatus", {"profile_username": name}).get("status")
        return found[:40] if isinstance(found, str) else ""

    def fetch(self, path: str, seconds: float, limit: int) -> bytes:
        """Return what lies at a path of the node. Raises `TransportError`."""
        return self._session.get(path, seconds, limit=limit)

    def post(self, path: str, fields: dict[str, Any], seconds: float = TOTAL_SECONDS) -> str:
        """Post a body and return the text of the answer. Raises `TransportError`."""
        return self.post_raw(path, write_body(fields), seconds)

    def post_raw(self, path: str, body: bytes, seconds: float = TOTAL_SECONDS) -> str:
        """Post bytes as they are and return the text of the answer, by the other spelling if only that one is known.

        Raises `TransportError`.
        """
        try:
            return self._post(path, body, seconds)
        except Rejected as err:
            if err.status != NOT_FOUND or path not in MISSPELT:
                raise
            return self._post(MISSPELT[path], body, seconds)

    def _post(self, path: str, body: bytes, seconds: float) -> str:
        return _text(self._session.post(path, body, JSON, seconds, limit=MAX_ANSWER))

    def close(self) -> None:
        """Drop the connection."""
        self._session.close()

    def _get(self, path: str) -> str:
        return _text(self._session.get(path, limit=MAX_ANSWER))

    def _json(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        try:
            found = json.loads(self.post(path, fields))
            # Some answer a JSON string that holds the JSON.
            found = json.loads(found) if isinstance(found, str) else found
        except (ValueError, RecursionError, Rejected):
            return {}
        return found if isinstance(found, dict) else {}


def _text(answer: bytes) -> str:
    return answer.decode(errors="replace").removeprefix("\ufeff")
