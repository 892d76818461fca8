"""The addresses that our own card names: do they lead to this device?"""

from collections.abc import Iterator

from peers.addresses import own_addresses
from peers.checkup.findings import Finding, ok, warn
from peers.checkup.peer_doors import call
from peers.own import current_card, own_device
from peers.protocol.card import read_card


def findings(is_running: bool) -> Iterator[Finding]:
    """Call ourselves as others would. From here, a firewall or router in between cannot be seen."""
    own = own_device()
    signed = current_card(own) if own else None
    if signed is None:
        return
    card = read_card(signed)
    here = ", ".join(card.addresses) or "no address"
    if card.addresses != own_addresses():
        yield warn("addresses", f"Others are told {here}, which has changed. Sign in, and they are told anew.")
    elif is_running and not isinstance(answer := call(card), str):
        yield warn("addresses", f"Others are told {here}, which does not lead here ({answer}). Check the firewall.")
    else:
        yield ok("addresses", f"Others are told {here}.")
