"""A login server with Alice and Bob, each on a node of their own."""

import dataclasses

import pytest

from tests.journeys.processes import Browser, LoginServer, Node


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

    def meet(self) -> None:
        """Both sign in, and see each other."""
        self.alices, self.bobs = self.alice.sign_in(), self.bob.sign_in()
        self.bob_id, self.alice_id = self.alices.wait_for("bob"), self.bobs.wait_for("alice")

    def kill(self) -> None:
        for process in (self.alice, self.bob, self.server):
            process.kill()


@pytest.fixture
def network(tmp_path):
    """Everybody is there, nobody has signed in."""
    server = LoginServer(tmp_path / "server")
    server.start()
    alice, bob = (Node(tmp_path / name, server, server.open_account(name)) for name in ("alice", "bob"))
    made = Network(server, alice, bob)
    try:
        alice.start()
        bob.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def met(network):
    network.meet()
    return network
