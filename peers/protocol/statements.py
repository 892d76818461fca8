"""A person as a hash-linked list of device statements, which only the person's own devices can extend."""

import enum
import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.protocol.codec import Bytes16, Bytes32, Number, Wire, decode
from peers.protocol.errors import BrokenChain
from peers.protocol.signing import Purpose, Signed, public_bytes, sign, verify

MAX_STATEMENTS = 1000
NOTHING_BEFORE = bytes(32)


class Action(enum.Enum):
    ADD = "add"
    REMOVE = "remove"


class Statement(Wire, frozen=True):
    """`signer` says that `device` joins or leaves the person's list, after the statement hashed in `previous`."""

    person: Bytes16
    number: Number
    previous: Bytes32
    action: Action
    device: Bytes32
    signer: Bytes32


def digest(statement: Signed) -> bytes:
    """Return the 32 bytes by which the next statement links to this one."""
    return hashlib.sha256(b"peernet/1/statement-link\x00" + statement.body).digest()


def begin(key: Ed25519PrivateKey, person: bytes) -> Signed:
    """Start a person's list: the first device adds itself."""
    device = public_bytes(key)
    return sign(key, Purpose.STATEMENT, Statement(person, 1, NOTHING_BEFORE, Action.ADD, device, device))


def extend(key: Ed25519PrivateKey, chain: Sequence[Signed], action: Action, device: bytes) -> Signed:
    """Return the next statement of `chain`, signed by one of its devices."""
    last = decode(Statement, chain[-1].body)
    return sign(
        key,
        Purpose.STATEMENT,
        Statement(last.person, last.number + 1, digest(chain[-1]), action, device, public_bytes(key)),
    )


def devices_of(person: bytes, chain: Sequence[Signed]) -> frozenset[bytes]:
    """Return the devices on a person's list. Raises `BrokenChain` at a wrong link, `BadSignature`, `Malformed`."""
    if not 1 <= len(chain) <= MAX_STATEMENTS:
        raise BrokenChain("a list has 1 to 1,000 statements")
    devices: set[bytes] = set()
    gone: set[bytes] = set()
    previous = NOTHING_BEFORE
    for number, signed in enumerate(chain, 1):
        claimed = decode(Statement, signed.body)
        statement = verify(claimed.signer, Purpose.STATEMENT, Statement, signed)
        if (statement.person, statement.number, statement.previous) != (person, number, previous):
            raise BrokenChain(f"statement {number} is not the next of this person")
        _apply(statement, devices, gone)
        previous = digest(signed)
    return frozenset(devices)


def _apply(statement: Statement, devices: set[bytes], gone: set[bytes]) -> None:
    first = statement.number == 1
    if first and (statement.action is not Action.ADD or statement.signer != statement.device):
        raise BrokenChain("the first device does not add itself")
    if not first and statement.signer not in devices:
        raise BrokenChain("the signer is not on the list")
    if statement.action is Action.ADD:
        # A removed key may be in a thief's hands, so it never comes back.
        if statement.device in devices or statement.device in gone:
            raise BrokenChain("the device is or was on the list")
        devices.add(statement.device)
        return
    if statement.device not in devices or len(devices) == 1:
        raise BrokenChain("the device is not on the list, or is the last one")
    devices.remove(statement.device)
    gone.add(statement.device)


def extends(pinned: Sequence[Signed], seen: Sequence[Signed]) -> bool:
    """Tell whether `seen` only adds statements to the list that we pinned; anything else is a changed key."""
    return len(seen) >= len(pinned) and all(old.body == new.body for old, new in zip(pinned, seen, strict=False))
