"""Why a file does not move, in words. What a peer says is one of a few codes, never a text of theirs."""

from peers.blobs.couriers import LOST
from peers.blobs.transfers import TOO_OLD
from peers.protocol.transfer import Wish

# What we read of a file of ours, and of one that was offered to us.
SENTENCES = {
    Wish.TOO_LARGE.value: (
        "Their node takes no file of this size. Send it in parts, or ask them to raise the limit and try again.",
        "This file is larger than this node takes. Raise PEERNET_FILE_LIMIT, and ask for it again.",
    ),
    Wish.QUOTA.value: (
        "Their node holds as many of your files as it takes from one person. Ask them to delete some, and try again.",
        "You hold as many files of this person as this node takes from one. Delete some, and ask for it again.",
    ),
    Wish.DAMAGED.value: (
        "Their node received other bytes than were announced, and threw them away. Send the file again.",
        "What arrived is not the file that was announced, so it was thrown away. Ask for it again.",
    ),
    Wish.GONE.value: (
        "They deleted this file before all of it had arrived.",
        "The sender took this file back before all of it had arrived.",
    ),
    LOST: ("The file is no longer on this computer. Choose it again, and send it.", "This file is lost."),
    TOO_OLD: ("Their node could not be reached for 7 days.", "This file did not arrive in 7 days."),
    Wish.NO_ROOM.value: (
        "Their computer's disk is full. It goes on by itself when they have made room.",
        "This computer's disk is full. Make some room, and it goes on by itself.",
    ),
}


def reason_of(code: str, *, ours: bool) -> str:
    """Return the sentence of a code; `ours` for a file that we send."""
    mine, theirs = SENTENCES.get(code, ("This file did not arrive.", "This file did not arrive."))
    return mine if ours else theirs
