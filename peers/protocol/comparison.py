"""Two people compare seven emoji: who nobody stands between sees the same (docs/protocol.md, Comparison).

The short string is Olm's, as Matrix uses it, over both sides' keys and lists. The one who answers first commits to a
key: so nobody in the middle can try keys until two strings happen to be alike.
"""

import hashlib
import hmac

import msgspec

from peers.protocol.codec import Bytes16, Bytes32, Wire, encode
from peers.protocol.emoji import EMOJI
from peers.protocol.errors import BadSignature
from peers.protocol.ratchet import Agreed, Sas

COMMITMENT = b"peernet/1/comparison-commitment\x00"
STRING, PROOF = "peernet/1/comparison|", "peernet/1/comparison-proof|"


class Side(Wire, frozen=True):
    """Whom one side speaks for, and with which keys; `list` is the link of the person's first statement."""

    person: Bytes16
    device: Bytes32
    olm_identity: Bytes32
    list: Bytes32


class Comparison(Wire, frozen=True):
    """All that the emoji depend on, beside the secret that the two keys make."""

    id: Bytes16
    asker: Side
    answerer: Side
    asker_key: Bytes32
    answerer_key: Bytes32


class Ask(Wire, frozen=True):
    """Let us compare."""

    id: Bytes16


class Answer(Wire, frozen=True):
    """Yes; and this binds me to the key that I show after yours."""

    id: Bytes16
    commitment: Bytes32


class Key(Wire, frozen=True):
    """My key for this comparison."""

    id: Bytes16
    key: Bytes32


class Proof(Wire, frozen=True):
    """My person says that the emoji are the same."""

    id: Bytes16
    mac: str = msgspec.field(default="")


class End(Wire, frozen=True):
    """It ends here; `differ` says that my person saw other emoji."""

    id: Bytes16
    differ: bool


def commitment(comparison: bytes, key: bytes) -> bytes:
    """Return what binds the answerer to a key."""
    return hashlib.sha256(COMMITMENT + comparison + key).digest()


def check_commitment(answer: bytes, comparison: bytes, key: bytes) -> None:
    """Raise `BadSignature` if this is not the key that the answerer was bound to."""
    if not hmac.compare_digest(answer, commitment(comparison, key)):
        raise BadSignature("comparison: another key than was promised")


class Shown:
    """One comparison with both keys known: what is shown, and what proves that it was the same."""

    def __init__(self, sas: Sas, comparison: Comparison, *, we_ask: bool) -> None:
        theirs = comparison.answerer_key if we_ask else comparison.asker_key
        self._agreed: Agreed = sas.agree(theirs)
        self._over = encode(comparison).hex()
        sides = (comparison.asker, comparison.answerer)
        self._own, self._their = sides if we_ask else (sides[1], sides[0])

    def emoji(self) -> list[tuple[str, str]]:
        """Return the seven emoji with their names."""
        return [EMOJI[number] for number in self._agreed.emoji(STRING + self._over)]

    def prove(self) -> str:
        """Return the proof that our person saw these emoji."""
        return self._agreed.prove(encode(self._own).hex(), self._info(self._own))

    def check(self, mac: str) -> None:
        """Raise `BadSignature` unless the other side saw these emoji, and is who we take it for."""
        self._agreed.check(encode(self._their).hex(), self._info(self._their), mac)

    def _info(self, side: Side) -> str:
        return f"{PROOF}{self._over}|{side.device.hex()}"
