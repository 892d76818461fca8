"""What came from an older node, once it is decrypted and checked."""

import hashlib
from dataclasses import dataclass

from peers import hooks
from peers.models import ClassicLetter

Kind = ClassicLetter.Kind
# Goes into the id, which must never be that of another kind.
PURPOSE = {
    Kind.WORDS: b"peernet/1/classic\0",
    Kind.FILE: b"peernet/1/classic-file\0",
    Kind.EVENT: b"peernet/1/classic-event\0",
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message, a file or an invitation as its sender wrote it, its hash checked."""

    kind: ClassicLetter.Kind
    sender: str
    # The words, the event's name, or the file in base64 as it came.
    text: str
    stamp: str
    encryption: int
    hashing: int
    hash: str
    markdown: bool = False
    file: hooks.ClassicFile | None = None
    event: hooks.ClassicEvent | None = None
    # Its sender wrote to several at once.
    to_group: bool = False

    def payload_id(self, destination: str) -> bytes:
        """Return the id under which the same message is stored once."""
        fields = (self.sender, destination, self.stamp, self.text)
        joined = b"".join(len(field.encode()).to_bytes(4, "big") + field.encode() for field in fields)
        return hashlib.sha256(PURPOSE[self.kind] + joined).digest()[:16]
