"""The same network on PostgreSQL and Redis, which come by settings."""

import pytest

from tests.journeys.network import Network
from tests.journeys.processes import LoginServer, Node
from tests.journeys.services import create_database, is_installed, postgres, redis_server

pytestmark = pytest.mark.skipif(
    not is_installed(),
    reason="NO SERVICES: install Debian's postgresql and redis-server to run these tests",
)


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """One PostgreSQL and one Redis, which all processes share."""
    folder = tmp_path_factory.mktemp("services")
    with postgres() as databases, redis_server(folder) as cache:
        yield lambda name: {"DATABASE_URL": create_database(databases, name), "REDIS_URL": cache}


@pytest.fixture(scope="module")
def grown(services, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grown")
    server = LoginServer(folder / "server", more=services("server"))
    server.start()
    alice, bob = (
        Node(folder / name, server, server.open_account(name), more=services(name)) for name in ("alice", "bob")
    )
    made = Network(server, alice, bob)
    try:
        alice.start()
        bob.start()
        made.meet()
        yield made
    finally:
        made.kill()


def test_alice_and_bob_talk_both_ways_on_postgresql_and_redis(grown):
    alice, bob = grown.alices.socket(), grown.bobs.socket()
    alice.open(grown.bob_id)
    bob.open(grown.alice_id)
    alice.send(grown.bob_id, "Grüße 👋")
    heard = bob.hear_words("Grüße 👋")
    alice.hear_state("delivered")
    bob.say(type="read", up_to=heard["pk"], **{"with": grown.alice_id})
    alice.hear_state("read")
    bob.send(grown.alice_id, "こんにちは")
    alice.hear_words("こんにちは")
    bob.hear_state("delivered")


def test_kill_minus_nine_of_the_recipient_loses_nothing_on_postgresql(grown):
    alice = grown.alices.socket()
    alice.open(grown.bob_id)
    grown.bob.kill()
    for number in range(20):
        alice.send(grown.bob_id, f"number {number}")
    alice.hear_words("number 19")
    grown.bob.start()
    alice.hear_state("delivered", seconds=40)
    bob = grown.bobs.socket()
    bob.open(grown.alice_id)
    words = [bob.hear_words(f"number {number}", seconds=20)["pk"] for number in range(20)]
    assert words == sorted(words)


def test_bob_sees_alice_leave_and_come_back(grown):
    bob = grown.bobs.socket()
    bob.open(None)
    bob.hear(lambda frame: frame["type"] == "people" and "alice" in frame["html"])
    grown.alices.post("/sign-off", {})
    bob.hear(lambda frame: frame["type"] == "people" and "Offline" in frame["html"], seconds=5)
    grown.alices = grown.alice.sign_in()
    bob.hear(lambda frame: frame["type"] == "people" and "Online" in frame["html"], seconds=5)
