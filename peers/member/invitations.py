"""Opening an account on this node with an invitation link, which also says where the login server is."""

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
class Link:
    """What an invitation link holds."""

    token: str
    server: str
    key: bytes


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
    """Return what a pasted link holds. Raises `BadLink`."""
    try:
        fields = parse_qs(urlsplit(text.strip()).fragment, strict_parsing=True, max_num_fields=10)
        token, server, key = (fields[name][0] for name in ("token", "server", "key"))
        link = Link(token, server, bytes.fromhex(key))
        parse_address(server)
    except (ValueError, KeyError, ProtocolError) as err:
        raise BadLink from err
    if len(link.key) != 32:
        raise BadLink
    return link


def start(link: Link, password: str) -> Opening:
    """Choose a password at the login server that the link names. Raises `SignInError`."""
    own = own_device()
    if own is not None and own.person:
        raise NotHere
    try:
        learn(link.server, link.key)
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
