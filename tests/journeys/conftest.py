"""The network of a journey: opened and met once, and put back for each test as it was."""

import pytest

from tests.journeys.network import Snapshot
from tests.journeys.network import opened as open_network


@pytest.fixture(scope="session")
def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    made = open_network(folder)
    try:
        made.alice.start()
        made.bob.start()
        return Snapshot(made, folder / "opened")
    finally:
        made.kill()


@pytest.fixture(scope="session")
def acquainted(opened):
    made = opened.again()
    try:
        made.start()
        made.meet()
        return Snapshot(made, opened.folder.parent / "met")
    finally:
        made.kill()


@pytest.fixture
def network(opened):
    """Everybody is there, nobody has signed in."""
    made = opened.again()
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def met(acquainted):
    """Alice and Bob have signed in and see each other."""
    made = acquainted.again()
    try:
        made.start()
        yield made
    finally:
        made.kill()
