"""What runs in a node process beside its doors: the couriers, and the discovery that follows the directory."""

import logging
from typing import Any

from django.dispatch import Signal

from peers import hooks, wakes
from peers.blobs import working as files
from peers.couriers import Couriers
from peers.discovery import Discovery
from peers.older import node as classic

log = logging.getLogger(__name__)

couriers = Couriers()
discovery = Discovery()


def start() -> None:
    """Start both, and tell everyone whom we talk with that we are here."""
    wakes.envelope_waits.connect(_wake)
    wakes.peer_heard.connect(_heard)
    wakes.stranger_called.connect(_look)
    discovery.on_reachable = _reachable
    discovery.on_wake = couriers.knock_all
    classic.start()
    couriers.start()
    discovery.start()
    files.start()
    couriers.knock_all()
    _announce(hooks.node_started)


def stop() -> None:
    """End both; what was under way is settled or stays waiting."""
    _announce(hooks.node_ending)
    discovery.stop()
    couriers.stop()
    files.stop()
    classic.stop()


def _reachable(peer: int) -> None:
    couriers.wake(peer)
    _announce(hooks.device_reachable, peer=peer)


def _announce(signal: Signal, **detail: Any) -> None:
    """Tell the rooms above. What fails there is no reason to end here."""
    for listener, answer in signal.send_robust(sender=None, **detail):
        if isinstance(answer, Exception):
            log.error("%s failed", listener.__qualname__, exc_info=answer)


def _heard(peer: int, knocked: bool, **_: Any) -> None:
    couriers.heard(peer, knocked)


def _wake(peer: int, **_: Any) -> None:
    couriers.wake(peer)


def _look(**_: Any) -> None:
    discovery.wake()
