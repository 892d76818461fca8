"""What works on files in a node process: the couriers, the fetcher, and the finisher."""

from typing import Any

from peers import hooks, wakes
from peers.blobs import store
from peers.blobs.couriers import FileCouriers
from peers.blobs.fetcher import Fetcher
from peers.blobs.finishing import Finisher
from peers.models import Transfer

couriers = FileCouriers()
finisher = Finisher()
fetcher = Fetcher()


def start() -> None:
    """Tidy up after a crash, and go on with what was under way."""
    wakes.files_wait.connect(_look)
    wakes.file_is_whole.connect(_finish)
    wakes.peer_heard.connect(_heard)
    hooks.device_reachable.connect(_heard)
    wakes.pull_answered.connect(_fetch)
    store.sweep()
    finisher.start()
    couriers.start()
    fetcher.start()


def stop() -> None:
    """End; what was under way goes on at the next start."""
    couriers.stop()
    fetcher.stop()
    finisher.stop()


def _look(**_: Any) -> None:
    couriers.look()


def _finish(transfer: Transfer, **_: Any) -> None:
    finisher.add(transfer.pk)


def _fetch(peer: int, **_: Any) -> None:
    fetcher.consider(peer)


def _heard(peer: int, **_: Any) -> None:
    couriers.heard(peer)
