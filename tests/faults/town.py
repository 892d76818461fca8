"""A login server and three members' nodes with a proxy before each, and the words that are said there."""

import dataclasses
import hashlib
import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.faults.auditor import Auditor
from tests.faults.judge import Verdict, judge
from tests.faults.orders import Orders
from tests.faults.proxy import Proxy
from tests.faults.speaker import Speaker
from tests.journeys.processes import Browser, LoginServer, Node
from tests.journeys.ready import furnished, staffed

LAUNCH = ("-m", "tests.faults.launch")
# One repair of a device a minute is the product's rule; the rig has less time.
HEAL_EVERY = 1.0
PATIENCE = 60.0


class FaultyLoginServer(LoginServer):
    """A login server that takes orders."""

    program = LAUNCH

    @property
    def orders(self) -> Orders:
        return Orders(self.home.parent / f"{self.home.name}.orders")

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"PEERNET_FAULTS": str(self.orders.folder)}

    def wait_until_dead(self, seconds: float = PATIENCE) -> None:
        self.process.wait(seconds)


@dataclasses.dataclass
class FaultyNode(Node):
    """A node that takes orders, behind a proxy, with its auditor and its member's browser."""

    program = LAUNCH

    def __post_init__(self) -> None:
        self.proxy = Proxy(self.peers_port)
        # Dialled only: a pull would find its way around a proxy that is cut.
        self.more = self.more | {"PEERNET_PEERS_ADDRESSES": self.proxy.address, "PEERNET_PEERS_DIALLABLE": "yes"}
        self.orders = Orders(self.home.parent / f"{self.home.name}.orders")
        self.orders.give("heal-every", HEAL_EVERY)
        self.browser: Browser | None = None
        self._auditor: Auditor | None = None

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"PEERNET_FAULTS": str(self.orders.folder)}

    @property
    def name(self) -> str:
        return self.home.name

    @classmethod
    def twin_of(cls, node: "FaultyNode", copy: Path) -> "FaultyNode":
        """Return a second node on a copy of a home, with ports of its own; the browser is signed in on both."""
        twin = cls(copy, node.login_server, node.account)
        twin.browser = Browser(twin)
        for cookie in node.browser.session.cookies:
            twin.browser.session.cookies.set(cookie.name.replace(mark_of(node.home), mark_of(copy)), cookie.value)
        return twin

    @property
    def auditor(self) -> Auditor:
        if self._auditor is None:
            self._auditor = Auditor(self)
        return self._auditor

    def forget_auditor(self) -> None:
        """Let go of the database: the home is about to be replaced."""
        if self._auditor is not None:
            self._auditor.close()
            self._auditor = None

    def wait_until_dead(self, seconds: float = PATIENCE) -> None:
        """Wait for the process to die of itself."""
        self.process.wait(seconds)

    def restart(self) -> None:
        self.kill()
        self.start()

    def move(self) -> Proxy:
        """Be reached elsewhere from the next start on; return the proxy that still listens at the old address."""
        old, self.proxy = self.proxy, Proxy(self.peers_port)
        self.more = self.more | {"PEERNET_PEERS_ADDRESSES": self.proxy.address}
        return old

    def copy_home(self, name: str) -> Path:
        """Copy the home of this node, which is not running, and return where the copy is."""
        self.forget_auditor()
        copy = self.home.parent / f"{self.home.name}.{name}"
        shutil.copytree(self.home, copy, dirs_exist_ok=True)
        return copy

    def put_back(self, copy: Path) -> None:
        """Replace the home of this node, which is not running, by a copy of it."""
        self.forget_auditor()
        shutil.rmtree(self.home)
        shutil.copytree(copy, self.home)

    def close(self) -> None:
        self.kill()
        self.proxy.close()
        self.forget_auditor()


def mark_of(home: Path) -> str:
    """Return what the names of a home's cookies hold, since browsers share cookies between ports."""
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:8]


class Town:
    """Alice and Bob talk. Carol, whom both know, is at home only when a test starts her."""

    def __init__(self, folder: Path) -> None:
        self.server = FaultyLoginServer(folder / "server")
        accounts = staffed(self.server, alice="alice", bob="bob", carol="carol")
        self.alice, self.bob, self.carol = (
            furnished(FaultyNode(folder / name, self.server, account)) for name, account in accounts.items()
        )
        self.people: dict[str, str] = {}
        self._marks = itertools.count(1)

    @property
    def nodes(self) -> tuple[FaultyNode, ...]:
        return self.alice, self.bob, self.carol

    def meet(self) -> None:
        """Everybody signs in and sees the others; Alice and Bob greet."""
        with ThreadPoolExecutor() as together:
            list(together.map(self._open_house, self.nodes))
        self.people = {name: self.alice.browser.wait_for(name) for name in ("bob", "carol")}
        self.people["alice"] = self.bob.browser.wait_for("alice")
        self.bob.browser.wait_for("carol")
        self.carol.browser.wait_for("alice")
        self.carol.kill()
        with self.trial("greeting") as trial:
            trial.say(self.alice, self.bob, 1)
            trial.settle()
            trial.say(self.bob, self.alice, 1)

    @staticmethod
    def _open_house(node: FaultyNode) -> None:
        node.start()
        node.browser = node.sign_in(node.account.backup_codes.pop())

    @contextmanager
    def watch(self, name: str, *, heals: bool = False) -> Iterator["Trial"]:
        """Watch over what is said from now on."""
        yield Trial(self, f"{next(self._marks)} {name}", heals)

    @contextmanager
    def trial(self, name: str, *, heals: bool = False) -> Iterator["Trial"]:
        """Watch over what is said from now on; at the end every word must be where it belongs."""
        with self.watch(name, heals=heals) as trial:
            yield trial
            trial.end()

    def close(self) -> None:
        for node in self.nodes:
            node.close()
        self.server.kill()


class Trial:
    """The words of one fault: who said what to whom, and what became of it."""

    def __init__(self, town: Town, mark: str, heals: bool) -> None:
        self.town, self.mark = town, mark
        # An envelope may turn out not to open, and must then be sealed again.
        self.heals = heals
        self.failed: set[str] = set()
        self.patience = PATIENCE
        self.verdict = Verdict()
        self.pairs: dict[tuple[str, str], Pair] = {}
        self.unopened = self._unopened()

    def speaker(self, sender: FaultyNode, recipient: FaultyNode) -> Speaker:
        """Return the one who says the sender's words in this trial."""
        key = sender.name, recipient.name
        if key not in self.pairs:
            mark = f"{self.mark} {sender.name}>{recipient.name} "
            speaker = Speaker(sender, self.town.people[recipient.account.name], mark)
            self.pairs[key] = Pair(sender, recipient, speaker)
        return self.pairs[key].speaker

    def say(self, sender: FaultyNode, recipient: FaultyNode, count: int = 1) -> list[str]:
        """Say so many messages and wait until the composer took them."""
        speaker = self.speaker(sender, recipient)
        speaker.think(count)
        return speaker.say_all()

    def settle(self, seconds: float | None = None) -> None:
        """Wait until nothing waits any more; what still does is stuck."""
        self.until(lambda: not self._waiting(), seconds or self.patience)

    def settle_between(self, sender: FaultyNode, recipient: FaultyNode) -> None:
        """Wait until nothing waits that the one says to the other."""
        person = self.town.people[recipient.account.name]
        self.until(lambda: not sender.auditor.waiting(person), self.patience)

    def arrived(self, sender: FaultyNode, recipient: FaultyNode) -> list[str]:
        """Return the words that the recipient holds, in order."""
        mark = self.speaker(sender, recipient).mark
        return [row["text"] for row in recipient.auditor.messages(mark) if not row["mine"]]

    @property
    def count(self) -> int:
        """How many messages were taken."""
        return sum(len(pair.speaker.taken) for pair in self.pairs.values())

    def end(self) -> None:
        """Judge, and fail if anything is not as it must be."""
        self.settle()
        self.until(lambda: self.look().is_clean, 5.0)
        self.verdict = self.look()
        assert self.verdict.is_clean, f"{self.verdict}\n{self._evidence()}"

    @staticmethod
    def until(condition: Callable[[], bool], seconds: float) -> None:
        """Wait for a condition, but not for ever: whoever asks looks what came of it."""
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            time.sleep(0.05)

    def look(self) -> Verdict:
        """Judge what there is now."""
        total = Verdict(stuck=self._waiting(), undecryptable=0 if self.heals else self._unopened() - self.unopened)
        for pair in self.pairs.values():
            sent, got = (node.auditor.messages(pair.speaker.mark) for node in (pair.sender, pair.recipient))
            total += judge(pair.speaker.taken, sent, got, self.failed)
        return total

    def _waiting(self) -> int:
        """Count what waits between those who talk, in both directions: the ratchet answers too."""
        ways = {
            (sender.name, recipient.account.name): sender
            for pair in self.pairs.values()
            for sender, recipient in ((pair.sender, pair.recipient), (pair.recipient, pair.sender))
        }
        return sum(node.auditor.waiting(self.town.people[person]) for (_, person), node in ways.items())

    def _unopened(self) -> int:
        return sum(node.auditor.cannot_open() for node in (self.town.alice, self.town.bob))

    def _evidence(self) -> str:
        nodes = {node.name: node for pair in self.pairs.values() for node in (pair.sender, pair.recipient)}
        return "\n".join(
            f"--- {name}\n" + "\n".join(node.log.read_text().splitlines()[-15:]) for name, node in nodes.items()
        )


@dataclasses.dataclass
class Pair:
    """Who says, who hears, and what is said."""

    sender: FaultyNode
    recipient: FaultyNode
    speaker: Speaker
