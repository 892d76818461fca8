"""What two nodes say to each other about people: the bodies of our kinds of payload."""

from peers.protocol.codec import Counter, Wire

CARD = "profile.card"
REQUEST = "profile.request"


class ProfileRequest(Wire, frozen=True):
    """Please send your profile; we hold this version of it, 0 for none."""

    held: Counter
