"""What runs in a node process beside its doors: couriers, pulls, and the discovery that follows the directory."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.dispatch import Signal

from peers import database, hooks, wakes
from peers.blobs import working as files
from peers.couriers import Couriers
from peers.discovery import Discovery
from peers.models import Delivery, OwnDevice, PeerDevice
from peers.older import node as classic
from peers.prober import Prober
from peers.puller import Puller
from peers.pulls import open_pulls

log = logging.getLogger(__name__)

TRY_AGAIN = 5.0

couriers = Couriers()
discovery = Discovery()
puller = Puller()
prober = Prober()
_ending = threading.Event()


def start() -> None:
    """Start them, and tell everyone whom we talk with that we are here."""
    wakes.envelope_waits.connect(_wake)
    wakes.envelopes_come.connect(_foresee)
    wakes.peer_heard.connect(_heard)
    wakes.peer_answered.connect(_answered)
    wakes.pull_opened.connect(_probe)
    wakes.pull_held.connect(_wake)
    wakes.stranger_called.connect(_look)
    discovery.on_reachable = _reachable
    discovery.on_wake = _woke
    open_pulls.is_served = True
    _ending.clear()
    _patiently(classic.start)
    _patiently(couriers.start)
    discovery.start()
    files.start()
    prober.start()
    _patiently(puller.start)
    _patiently(couriers.knock_all)
    _announce(hooks.node_started)


def look() -> None:
    """Look at what another process of this home has queued or carried."""
    couriers.look()
    files.couriers.look()
    classic.look()
    _announce(hooks.bell_rang)


def _patiently(step: Callable[[], None]) -> None:
    """Do a step as soon as the database lets us: it may be locked, or its disk full, when the node starts."""
    while not _ending.is_set():
        try:
            database.kept(step)
        except DatabaseError:
            log.exception("the couriers cannot start yet")
            _ending.wait(TRY_AGAIN)
        else:
            return


def stop() -> None:
    """End them; what was under way is settled or stays waiting."""
    _ending.set()
    _announce(hooks.node_ending)
    discovery.stop()
    puller.stop()
    prober.stop()
    open_pulls.close()
    couriers.stop()
    files.stop()
    classic.stop()


def _reachable(peer: int) -> None:
    couriers.wake(peer)
    puller.wake(peer)
    _announce(hooks.device_reachable, peer=peer)


def _announce(signal: Signal, **detail: Any) -> None:
    """Tell the rooms above. What fails there is no reason to end here."""
    for listener, answer in signal.send_robust(sender=None, **detail):
        if isinstance(answer, Exception):
            log.error("%s failed", listener.__qualname__, exc_info=answer)


def _heard(peer: int, knocked: bool, dialled: bool, **_: Any) -> None:
    couriers.heard(peer, knocked)
    if dialled:
        puller.reached(peer)


def _foresee(own: OwnDevice, peer: PeerDevice, rows: list[Delivery], **_: Any) -> None:
    couriers.foresee(own, peer, rows)


def _wake(peer: int, **_: Any) -> None:
    couriers.wake(peer)


def _answered(peer: int, **_: Any) -> None:
    couriers.wake(peer)
    puller.wake(peer)


def _probe(peer: int, **_: Any) -> None:
    prober.consider(peer)


def _woke() -> None:
    couriers.knock_all()
    puller.wake_all()
    classic.woke()


def _look(**_: Any) -> None:
    discovery.wake()
