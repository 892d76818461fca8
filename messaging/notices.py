"""The sentences of notices."""

from messaging.models import Notice

SENTENCES = {
    Notice.Code.KEYS_CHANGED: (
        "The keys of {name} have changed: a new computer, or somebody in between. "
        "Nothing is sent until you decide. Ask {name} by telephone before you accept."
    ),
    Notice.Code.KEYS_ACCEPTED: "You accepted the new keys of {name}. What waited is sent now.",
    Notice.Code.KEYS_REFUSED: "You refused the new keys of {name}. Messages go only to the keys you knew before.",
    Notice.Code.STREAM_RESTARTED: (
        "This node was restored from a backup or copied. What {name} had not confirmed was sent again; "
        "what you wrote after the backup may be missing here."
    ),
}


def sentence(notice: Notice, name: str) -> str:
    """Return what a notice says to the member."""
    return SENTENCES[Notice.Code(notice.code)].format(name=name)
