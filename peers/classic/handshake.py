"""The texts that a handshake may carry.

The callee decrypts whatever it is sent and answers with the plaintext: an oracle, by design. A fence by length or by
"not a message that we hold" would leak: blocks can be cut from a captured message, its key sent as standard 3, an RSA
value blinded. So only a text that we ourselves would send, or that older callers are known to send, is answered.
"""

import re
import secrets

from peers.classic.year import Year

PREFIX = "peernet handshake "
OF_YEAR = {Year.Y2017: "test", Year.Y2018: "this is message"}
OLDER = frozenset(OF_YEAR.values())
OURS = re.compile(PREFIX + r"[0-9a-f]{16}", re.ASCII)


def new_text() -> str:
    """Return a text for a handshake of ours: short enough for every standard, and new each time."""
    return PREFIX + secrets.token_hex(8)


def may_answer(text: str) -> bool:
    """Whether the callee may tell that this is the plaintext."""
    return text in OLDER or OURS.fullmatch(text) is not None
