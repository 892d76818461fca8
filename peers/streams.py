"""How the latest envelopes of an incoming stream fared, so that a repeated one gets the same answer.

A sender has one bundle in flight, so only its last 64 numbers can come again in good faith.
"""

from peers.models import InStream
from peers.protocol.bundle import MAX_ENVELOPES
from peers.protocol.receipt import Verdict

DIGEST = 32
RECORD = DIGEST + 1
CODES = {Verdict.STORED: b"s", Verdict.VOIDED: b"v", Verdict.REFUSED: b"r"}
VERDICTS = {code: verdict for verdict, code in CODES.items()}
AGAIN = {Verdict.STORED: Verdict.DUPLICATE, Verdict.VOIDED: Verdict.VOIDED, Verdict.REFUSED: Verdict.REFUSED}


def remember(stream: InStream, digest: bytes, verdict: Verdict, size: int) -> None:
    """Move the stream on by one number, whose envelope has `size` bytes, and keep how it fared."""
    stream.last_number += 1
    if verdict is Verdict.STORED:
        stream.kept_bytes += size
    stream.recent = (bytes(stream.recent) + digest + CODES[verdict])[-MAX_ENVELOPES * RECORD :]


def judge_again(stream: InStream, number: int, digest: bytes, is_void: bool) -> Verdict:
    """Return the verdict for a number that was settled before. Only a void may come instead of what came first."""
    records = bytes(stream.recent)
    start = len(records) - (stream.last_number - number + 1) * RECORD
    if start < 0:
        return Verdict.CONFLICT
    settled = VERDICTS[records[start + DIGEST : start + RECORD]]
    if records[start : start + DIGEST] != digest and not is_void:
        return Verdict.CONFLICT
    return AGAIN[settled]
