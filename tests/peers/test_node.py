"""Bob's node starts beside a database that is not ready."""

import pytest
from django.db import OperationalError

from peers import node


@pytest.fixture(autouse=True)
def ending():
    """No test leaves the node told to end."""
    yield
    node._ending.clear()


def test_couriers_start_as_soon_as_a_full_disk_has_room_again(monkeypatch):
    problems = [OperationalError("database or disk is full"), OperationalError("database is locked")]
    started = []

    def start():
        if problems:
            raise problems.pop()
        started.append("couriers")

    monkeypatch.setattr(node, "TRY_AGAIN", 0.01)
    node._patiently(start)
    assert started == ["couriers"]


def test_a_node_that_is_told_to_end_waits_for_no_database():
    def start():
        node._ending.set()
        raise OperationalError("database is locked")

    node._patiently(start)
    assert node._ending.is_set()
