"""Two members on two nodes and a login server: real processes, as their users meet them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.network import Network
from tests.journeys.processes import LoginServer, Node
from tests.journeys.ready import furnished, staffed


@contextmanager
def network(bobs: dict[str, str] | None = None) -> Iterator[Network]:
    """Alice and Bob, signed in, who have said hello to each other; `bobs` are settings of his node."""
    with tempfile.TemporaryDirectory(prefix="peernet-bench-") as folder:
        server = LoginServer(Path(folder) / "server")
        accounts = staffed(server, alice="alice", bob="bob")
        alice, bob = (furnished(Node(Path(folder) / name, server, account)) for name, account in accounts.items())
        bob.more.update(bobs or {})
        made = Network(server, alice, bob)
        try:
            alice.start()
            bob.start()
            made.meet()
            _greet(made)
            yield made
        finally:
            made.kill()


def _greet(made: Network) -> None:
    """The first message of a session costs more, and is nobody's everyday."""
    alice, bob = made.alices.socket(), made.bobs.socket()
    alice.open(made.bob_id)
    bob.open(made.alice_id)
    alice.send(made.bob_id, "hello")
    bob.hear_words("hello")
    alice.hear_state("delivered")
    bob.send(made.alice_id, "hello yourself")
    alice.hear_words("hello yourself")
    alice.close()
    bob.close()
