"""What `peers` keeps: people, the post office's rows, the member's second factor, and the login server's directory."""

from peers.models.blobs import Blob, Transfer
from peers.models.classic import ClassicBlock, ClassicHeld, ClassicKey, ClassicLetter, ClassicPerson, ClassicReport
from peers.models.directory import ChangeCounter, DirectoryEntry
from peers.models.member import LoginServerDevice, SessionUse
from peers.models.people import KnownPerson, LoginServer, Newcomer
from peers.models.post_office import (
    Attempt,
    Delivery,
    InStream,
    Lane,
    OlmSession,
    OutStream,
    OwnDevice,
    PeerDevice,
    UnknownPayload,
    new_stream_id,
)
from peers.models.ways import Way

__all__ = [
    "Attempt",
    "Blob",
    "ChangeCounter",
    "ClassicBlock",
    "ClassicHeld",
    "ClassicKey",
    "ClassicLetter",
    "ClassicPerson",
    "ClassicReport",
    "Delivery",
    "DirectoryEntry",
    "InStream",
    "KnownPerson",
    "Lane",
    "LoginServer",
    "LoginServerDevice",
    "Newcomer",
    "OlmSession",
    "OutStream",
    "OwnDevice",
    "PeerDevice",
    "SessionUse",
    "Transfer",
    "UnknownPayload",
    "Way",
    "new_stream_id",
]
