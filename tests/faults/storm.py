"""Speakers on both sides while processes die and the network fails, at moments drawn by a seed."""

import random
import threading
import time
from collections.abc import Callable

from tests.faults.town import FaultyNode, Trial

WEATHER = {"lost": 0.01, "repeated": 0.01, "late": 0.005, "swapped": 0.005}
# A network that fails is back after so many seconds.
BRIEFLY = 0.7


class Storm:
    """Faults between two nodes that talk, one whenever so many more words were taken."""

    def __init__(self, trial: Trial, one: FaultyNode, other: FaultyNode, seed: int) -> None:
        self.trial, self.nodes, self.seed = trial, (one, other), seed
        self.chance = random.Random(seed)
        self.speakers = [trial.speaker(one, other), trial.speaker(other, one)]

    def rage(self, messages: int, faults: list[Callable[[FaultyNode], None]]) -> None:
        """Let both say half of the messages each, while these faults happen to nodes drawn by the seed."""
        for node in self.nodes:
            node.orders.give("weather", WEATHER | {"seed": self.seed + len(node.name)})
        for speaker in self.speakers:
            speaker.think(messages // 2)
        threads = [threading.Thread(target=speaker.say_all, args=(3600.0,)) for speaker in self.speakers]
        for thread in threads:
            thread.start()
        for moment, fault in zip(self._moments(messages, len(faults)), faults, strict=True):
            while self._taken() < moment and any(thread.is_alive() for thread in threads):
                time.sleep(0.01)
            fault(self.chance.choice(self.nodes))
        for thread in threads:
            thread.join()
        for node in self.nodes:
            node.orders.withdraw("weather")

    def _moments(self, messages: int, count: int) -> list[int]:
        return sorted(self.chance.sample(range(messages), count))

    def _taken(self) -> int:
        return sum(len(speaker.taken) for speaker in self.speakers)


def kill(node: FaultyNode) -> None:
    node.restart()


def part(node: FaultyNode) -> None:
    """Nobody reaches this node for a while."""
    node.proxy.cut()
    time.sleep(BRIEFLY)
    node.proxy.mend()


def deafen(node: FaultyNode) -> None:
    """What is sent to this node is swallowed for a while; what it sends gets through."""
    _swallow(node, "requests")


def silence(node: FaultyNode) -> None:
    """This node stores, and its receipts are swallowed for a while."""
    _swallow(node, "answers")


def _swallow(node: FaultyNode, way: str) -> None:
    getattr(node.proxy, way).drop()
    time.sleep(BRIEFLY)
    # The connections are of no more use: TLS misses what was swallowed.
    node.proxy.reset()
