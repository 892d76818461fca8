"""Each other device's door: does it answer, and with the certificate that its card names?"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from peers.checkup.findings import Finding, fail, ok, warn
from peers.models import PeerDevice
from peers.outbox import card_of
from peers.protocol.address import parse_address
from peers.protocol.card import ContactCard
from peers.protocol.errors import ProtocolError
from peers.routes import PATH
from peers.transport.errors import Rejected, TransportError, Unreachable, WrongFingerprint
from peers.transport.pinned import PinnedSession

AT_ONCE = 16
SECONDS = 5.0


def findings() -> Iterator[Finding]:
    """Call every pinned device, several at once; one line each."""
    peers = list(PeerDevice.objects.filter(pinned=True).select_related("person").order_by("person__user_name", "pk"))
    if not peers:
        yield ok("peers", "Nobody is known yet.")
        return
    cards = [_card(peer) for peer in peers]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        calls = list(threads.map(call, cards))
    for peer, card, outcome in zip(peers, cards, calls, strict=True):
        yield _judge(peer, card.addresses if card else [], outcome)


def _card(peer: PeerDevice) -> ContactCard | None:
    try:
        return card_of(peer)
    except ProtocolError:
        return None


def call(card: ContactCard | None) -> str | TransportError:
    """Return the address that answers as it should, or the most telling problem."""
    problem: TransportError = Unreachable("its card names no address")
    for address in card.addresses if card else []:
        try:
            _knock(address, card.tls_fingerprint if card else b"")
        except TransportError as err:
            problem = problem if isinstance(problem, WrongFingerprint) else err
        else:
            return address
    return problem


def _knock(address: str, fingerprint: bytes) -> None:
    """Ask for what a door refuses: it shows its certificate all the same, and nothing is stored or sent."""
    session = PinnedSession(*parse_address(address), fingerprint)
    try:
        session.get(PATH, SECONDS)
    except Rejected as err:
        if err.status != 405:
            raise
    finally:
        session.close()


def _judge(peer: PeerDevice, addresses: Sequence[str], outcome: str | TransportError) -> Finding:
    what, where = f"{peer.person} ({bytes(peer.device).hex()[:8]})", ", ".join(addresses) or "no address"
    if isinstance(outcome, str):
        return ok(what, f"{outcome} answers with the pinned certificate.")
    if isinstance(outcome, WrongFingerprint):
        return fail(what, f"Another computer answers at {where}. Nothing is sent to it; ask them for their address.")
    if not isinstance(outcome, Unreachable):
        return warn(what, f"What answers at {where} is no node: {outcome}.")
    if peer.person.online:
        return warn(what, f"Online, but {where} does not answer: open their port, use a VPN, or map the port.")
    return warn(what, f"Offline: {where} does not answer. What you send waits.")
