"""Keys for stories in which nobody proves who they are."""

import pytest

from peers.classic.ciphers import PrivateKey, PublicKey, new_private_key
from peers.classic.year import Year


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
