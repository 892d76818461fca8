"""What runs in a node for the classic network: the couriers, and the clock that reports and lists."""

import logging
from typing import Any

from peers.loops import Loop
from peers.older import outbox, server, settings, telling
from peers.older.courier import ClassicCouriers
from peers.transport.errors import TransportError

log = logging.getLogger(__name__)

couriers = ClassicCouriers()
clock = Loop("classic-login-server", lambda: _follow())


def start() -> None:
    """Start both, if the classic network is on. Before the native couriers, who take over the leases."""
    if not settings.is_on():
        return
    outbox.letter_waits.connect(_wake)
    server.person_came.connect(_wake)
    couriers.start()
    couriers.knock_all()
    telling.askers.start()
    if server.place():
        clock.start()


def look() -> None:
    """Serve whoever letters wait for, if the classic network is on."""
    if settings.is_on():
        couriers.look()


def woke() -> None:
    """Report anew, and try everybody whom something waits for: the machine slept, and may be elsewhere."""
    if settings.is_on():
        couriers.knock_all()
        clock.wake()


def stop() -> None:
    """End both, and log off."""
    if not settings.is_on():
        return
    clock.end()
    couriers.stop()
    telling.askers.stop()
    if server.place():
        _log_off()


def _follow() -> float:
    """Report and list, and then ask the nodes of those who are there who they are."""
    pause = server.follow()
    telling.askers.look()
    return pause


def _log_off() -> None:
    try:
        session = server.LoginServer()
        session.log_off()
        session.close()
    except TransportError as err:
        log.info("the classic login server did not hear us go: %s", type(err).__name__)


def _wake(person: int, **_: Any) -> None:
    couriers.wake(person)
