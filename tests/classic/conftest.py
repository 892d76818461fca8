"""Keys for stories in which nobody proves who they are."""

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache

from peers import database
from peers.classic.ciphers import PrivateKey, PublicKey, new_private_key
from peers.classic.year import Year
from peers.older import blocks, limits, writer
from tests.classic.cast import Bob
from tests.classic.older_node import HIGHEST_ENCRYPTION, HIGHEST_HASHING, OlderNode


@pytest.fixture(autouse=True)
def remember_nothing():
    """What one story noted in the cache, such as whom an admin blocked, is unknown to the next."""
    cache.clear()


@pytest.fixture(scope="session")
def small_key() -> PrivateKey:
    """RSA-1024, as 2017 nodes have it."""
    return PrivateKey(new_private_key(Year.Y2017))


@pytest.fixture(scope="session")
def large_key() -> PrivateKey:
    """RSA-2048."""
    return PrivateKey(new_private_key(Year.Y2018))


@pytest.fixture(params=["small_key", "large_key"])
def key(request) -> PrivateKey:
    return request.getfixturevalue(request.param)


@pytest.fixture
def public(key) -> PublicKey:
    return PublicKey(key.public_hex)


@pytest.fixture
def door(settings, monkeypatch):
    settings.ROOT_URLCONF = "peernet.urls_classic_node"
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.PEERNET_CLASSIC = True
    settings.PEERNET_CLASSIC_YEAR = 2018
    settings.PEERNET_CLASSIC_USER = ""
    # The whole network is on this computer, so its addresses may be dialled.
    settings.PEERNET_CLASSIC_SERVER = "127.0.0.1:1"
    monkeypatch.setattr(database, "run", lambda function, *args: sync_to_async(function)(*args))
    # The threads of the door have connections of their own; a story has one.
    for name in ("run", "run_slowly"):
        monkeypatch.setattr(writer, name, lambda read, *args: sync_to_async(writer.now)(read, *args))
    limits.limiter().storage.reset()
    # What an earlier story blocked was rolled back, but is remembered for a while.
    blocks.forget()


@pytest.fixture
def bob(db) -> Bob:
    return Bob()


@pytest.fixture(scope="session")
def nodes() -> dict[int, OlderNode]:
    """Making a key takes long."""
    return {year: OlderNode(year, "alic001") for year in (2017, 2018)}


def fresh(node: OlderNode) -> OlderNode:
    node.encryption, node.hashing = range(HIGHEST_ENCRYPTION[node.year] + 1), range(HIGHEST_HASHING[node.year] + 1)
    node.attending, node.deleted, node.bodies, node.pages, node.invited = [], [], [], {}, []
    node.profile, node.profile_encryption, node.answers_profile, node.status = {}, 0, None, ""
    node.files, node.listed, node.unknown, node.answers_text = [], ["receiveFile"], [], ""
    node.heard, node.acknowledgements, node.asked, node.answers, node.proves = [], [], [], [], True
    return node


@pytest.fixture
def alice(nodes) -> OlderNode:
    return fresh(nodes[2018])


@pytest.fixture
def alice_2017(nodes, settings) -> OlderNode:
    settings.PEERNET_CLASSIC_YEAR = 2017
    return fresh(nodes[2017])
