"""A login server with Alice and Bob, each on a node of their own."""

import dataclasses
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.journeys.processes import Browser, LoginServer, Node
from tests.journeys.ready import furnished, staffed


@dataclasses.dataclass
class Network:
    """The processes, and the two people's browsers."""

    server: LoginServer
    alice: Node
    bob: Node
    alices: Browser | None = None
    bobs: Browser | None = None
    alice_id: str = ""
    bob_id: str = ""

    def start(self) -> None:
        """Start whoever does not run."""
        self.server.start()
        with ThreadPoolExecutor() as together:
            list(together.map(Node.start, (self.alice, self.bob)))

    def meet(self) -> None:
        """Both sign in, and see each other."""
        self.alices, self.bobs = self.alice.sign_in(), self.bob.sign_in()
        self.bob_id, self.alice_id = self.alices.wait_for("bob"), self.bobs.wait_for("alice")

    def stop(self) -> None:
        for process in (self.alice, self.bob, self.server):
            process.stop()

    def kill(self) -> None:
        for process in (self.alice, self.bob, self.server):
            process.kill()


def opened(folder: Path) -> Network:
    """Return a network in which both have an account; only the login server runs."""
    server = LoginServer(folder / "server")
    accounts = staffed(server, alice="alice", bob="bob")
    alice, bob = (furnished(Node(folder / name, server, account)) for name, account in accounts.items())
    return Network(server, alice, bob)


class Snapshot:
    """A network at rest. Each test gets it as it was, at the same addresses, and may break it."""

    def __init__(self, made: Network, folder: Path) -> None:
        """Stop a network and keep its homes in a folder."""
        made.stop()
        self.made, self.folder = made, folder
        for home in self._homes():
            shutil.copytree(home, folder / home.name)

    def _homes(self) -> list[Path]:
        return [process.home for process in (self.made.server, self.made.alice, self.made.bob)]

    def again(self) -> Network:
        """Put the homes back, and return who can be started in them."""
        for home in self._homes():
            shutil.rmtree(home)
            shutil.copytree(self.folder / home.name, home)
            # Whoever was not started since said nothing.
            (home.parent / f"{home.name}.log").unlink(missing_ok=True)
        server = dataclasses.replace(self.made.server, more={})
        alice, bob = (self._node(node, server) for node in (self.made.alice, self.made.bob))
        browsers = [_browser(node, old) for node, old in ((alice, self.made.alices), (bob, self.made.bobs))]
        return Network(server, alice, bob, *browsers, self.made.alice_id, self.made.bob_id)

    @staticmethod
    def _node(node: Node, server: LoginServer) -> Node:
        account = dataclasses.replace(node.account, backup_codes=[*node.account.backup_codes])
        return dataclasses.replace(node, login_server=server, account=account, more={})


def _browser(node: Node, old: Browser | None) -> Browser | None:
    if old is None:
        return None
    browser = Browser(node)
    browser.session.cookies.update(old.session.cookies)
    browser.token = old.token
    return browser
