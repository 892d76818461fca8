"""Opening an account on this node with an invitation link, which also says where the login server is.

Somebody whose account was opened on another computer has a link that says only that.
"""

from dataclasses import asdict, dataclass
from urllib.parse import parse_qs, urlsplit

from peers.login_server import ServerUnreachable, learn
from peers.member.errors import BadLink, NotHere, ServerAway
from peers.member.sign_in import asking
from peers.own import own_device
from peers.protocol.address import parse_address
from peers.protocol.errors import ProtocolError

SESSION_KEY = "invitation"
MAX_LINK = 2048


@dataclass(frozen=True, slots=True)
class Place:
    """Where a login server is, and the key that it is known by."""

    server: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Link(Place):
    """What an invitation link holds."""

    token: str


@dataclass(frozen=True, slots=True)
class Opening:
    """An account that is being opened: kept in the session until the first code."""

    token: str
    secret: str
    link: str

    def kept(self) -> dict[str, str]:
        """Return it as a session holds it."""
        return asdict(self)


def read_link(text: str) -> Link:
    """Return what a pasted invitation link holds. Raises `BadLink`."""
    place, fields = read_place(text), _fields(text)
    if "token" not in fields:
        raise BadLink
    return Link(place.server, place.key, fields["token"][0])


def read_place(text: str) -> Place:
    """Return which login server a pasted link names, be it an invitation or for a new computer. Raises `BadLink`."""
    fields = _fields(text)
    try:
        place = Place(fields["server"][0], bytes.fromhex(fields["key"][0]))
        parse_address(place.server)
    except (ValueError, KeyError, ProtocolError) as err:
        raise BadLink from err
    if len(place.key) != 32:
        raise BadLink
    return place


def _fields(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(urlsplit(text.strip()).fragment, strict_parsing=True, max_num_fields=10)
    except ValueError as err:
        raise BadLink from err


def find_server(place: Place) -> None:
    """Learn the login server of an account that was opened on another computer. Raises `SignInError`."""
    own = own_device()
    if own is not None and own.person:
        raise NotHere
    try:
        learn(place.server, place.key)
    except ServerUnreachable as err:
        raise ServerAway(err.sentence) from err


def start(link: Link, password: str) -> Opening:
    """Choose a password at the login server that the link names. Raises `SignInError`."""
    find_server(link)
    try:
        with asking() as client:
            made = client.start_invitation(link.token, password)
    except ServerUnreachable as err:
        raise ServerAway(err.sentence) from err
    return Opening(link.token, made.secret, made.link)


def finish(opening: Opening, code: str) -> list[str]:
    """Prove that the phone shows the right codes; return the backup codes, seen only now. Raises `SignInError`."""
    try:
        with asking() as client:
            return client.finish_invitation(opening.token, code)
    except ServerUnreachable as err:
        raise ServerAway(err.sentence) from err
